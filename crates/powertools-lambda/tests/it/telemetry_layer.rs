//! The one subscriber layer of logger and tracer does what their two layers do, side by side.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use lambda_runtime::{Error, LambdaInvocation};
use powertools_lambda::Powertools;
use powertools_lambda::core::test_util::{TestEnvironment, context, request};
use powertools_lambda::core::{Invocation, SegmentId};
use powertools_lambda::tracer::{self, Emitter, Spans};
use proptest::prelude::*;
use tower::{Layer as _, ServiceExt, service_fn};
use tracing::level_filters::LevelFilter;
use tracing::{Level, Span, debug, debug_span, error, info, info_span};
use tracing_subscriber::layer::SubscriberExt;

/// What code does in an invocation; spans are named by the order in which they were opened.
#[derive(Clone, Debug)]
enum Step {
    /// Works for an invocation, or for none.
    For(Option<usize>, Vec<Step>),
    Open(Kind, Parent),
    Enter(usize, Vec<Step>),
    /// Opens a span and works in it, where it was opened: a layer that refuses a span does not find out what is around it
    /// when it is entered elsewhere. The one layer does.
    In(Kind, Vec<Step>),
    Record(usize),
    Close(usize),
    Log(Level, Parent),
    Fail(Parent),
    FailSilently,
    Annotate,
}

/// Which of the two wants a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Both,
    Logger,
    Tracer,
    Neither,
}

#[derive(Clone, Copy, Debug)]
enum Parent {
    Current,
    None,
    Span(usize),
}

/// What a macro is told of the parent: nothing, or which one, if any.
enum ParentId {
    Contextual,
    Named(Option<tracing::Id>),
}

#[derive(Debug, PartialEq, Eq)]
struct Output {
    records: Vec<String>,
    spans: Vec<Emitted>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Emitted {
    trace: String,
    name: String,
    /// The name of the parent, or its id where that is no span of ours.
    parent: String,
    content: Vec<String>,
    failed: bool,
}

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<(SegmentId, SegmentId, Emitted)>>>);

impl Emitter for Kept {
    fn emit(&self, spans: Spans<'_>) {
        for span in spans.iter() {
            let annotations = span.annotations().map(|(key, value)| format!("{key} {value:?}"));
            let metadata = span.metadata().map(|entry| format!("{entry:?}"));
            let emitted = Emitted {
                trace: span.trace_id().to_string(),
                name: span.name().to_owned(),
                parent: String::new(),
                content: annotations.chain(metadata).collect(),
                failed: span.is_fault(),
            };
            self.0.lock().unwrap().push((*span.id(), *span.parent_id(), emitted));
        }
    }
}

/// A function's process: invocations that are open at the same time, and their spans.
struct Process {
    invocations: Vec<Invocation>,
    spans: Vec<Option<(Kind, Span)>>,
}

impl Process {
    fn run(&mut self, steps: &[Step]) {
        for step in steps {
            self.step(step);
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::For(Some(which), steps) => {
                let invocation = self.invocations[which % self.invocations.len()].clone();
                invocation.in_scope(|| self.run(steps));
            }
            Step::For(None, steps) => self.run(steps),
            Step::Open(kind, parent) => {
                let span = self.open(*kind, *parent);
                self.spans.push(Some((*kind, span)));
            }
            Step::Enter(which, steps) => {
                if let Some(span) = self.span(*which) {
                    span.in_scope(|| self.run(steps));
                }
            }
            Step::In(kind, steps) => {
                let span = self.open(*kind, Parent::Current);
                self.spans.push(None);
                span.in_scope(|| self.run(steps));
            }
            Step::Record(which) => {
                if let Some(span) = self.span(*which) {
                    span.record("later", self.spans.len());
                }
            }
            Step::Close(which) => {
                let open = self.spans.len().max(1);
                if let Some(span) = self.spans.get_mut(which % open) {
                    *span = None;
                }
            }
            Step::Log(Level::INFO, parent) => match self.parent(*parent) {
                ParentId::Contextual => info!("message"),
                ParentId::Named(parent) => info!(parent: parent, "message"),
            },
            Step::Log(_, parent) => match self.parent(*parent) {
                ParentId::Contextual => debug!("message"),
                ParentId::Named(parent) => debug!(parent: parent, "message"),
            },
            Step::Fail(parent) => match self.parent(*parent) {
                ParentId::Contextual => error!(error = "no stock", "failed"),
                ParentId::Named(parent) => error!(parent: parent, error = "no stock", "failed"),
            },
            Step::FailSilently => error!(target: "silent", error = "no stock", "failed"),
            Step::Annotate => tracer::annotate("annotated", self.spans.len()),
        }
    }

    fn open(&self, kind: Kind, parent: Parent) -> Span {
        let name = format!("{}", self.spans.len());
        macro_rules! open {
            ($span:ident, $target:literal) => {
                match self.parent(parent) {
                    ParentId::Contextual => $span!(target: $target, "s", trace.name = name.as_str(), seen = name.as_str(), later = tracing::field::Empty),
                    ParentId::Named(parent) => {
                        $span!(target: $target, parent: parent, "s", trace.name = name.as_str(), seen = name.as_str(), later = tracing::field::Empty)
                    }
                }
            };
        }
        match kind {
            Kind::Both => open!(info_span, "orders"),
            Kind::Logger => open!(info_span, "tower::limit"),
            Kind::Tracer => open!(debug_span, "orders"),
            Kind::Neither => open!(debug_span, "tower::limit"),
        }
    }

    /// Only a span that both want is named as a parent: a layer of its own does not find one that its filter refused, and
    /// takes what it should have inherited for missing. The one layer finds it.
    fn parent(&self, parent: Parent) -> ParentId {
        match parent {
            Parent::Current => ParentId::Contextual,
            Parent::None => ParentId::Named(None),
            Parent::Span(which) => match self.get(which) {
                Some((Kind::Both, span)) => ParentId::Named(span.id()),
                _ => ParentId::Contextual,
            },
        }
    }

    fn span(&self, which: usize) -> Option<Span> {
        self.get(which).map(|(_, span)| span.clone())
    }

    fn get(&self, which: usize) -> Option<&(Kind, Span)> {
        self.spans.get(which % self.spans.len().max(1))?.as_ref()
    }
}

/// Runs the steps with one layer or with two, and returns what came out.
fn output(steps: &[Step], one_layer: bool) -> Output {
    let (environment, kept) = (
        TestEnvironment::new().var("POWERTOOLS_SERVICE_NAME", "orders"),
        Kept::default(),
    );
    let emitter = kept.clone();
    let powertools = Powertools::builder()
        .environment(&environment)
        .logger(|logger| logger.level(Level::INFO).target_level("silent", LevelFilter::OFF))
        .tracer(|tracer| tracer.emitter(emitter).level(Level::DEBUG))
        .build();
    let (logger, tracer) = (powertools.logger().clone(), powertools.tracer().clone());
    let run = || {
        let mut process = Process {
            invocations: [1, 0, 1]
                .into_iter()
                .enumerate()
                .map(|(number, sampled)| invocation(&powertools, number, sampled))
                .collect(),
            spans: Vec::new(),
        };
        process.run(steps);
    };
    let registry = tracing_subscriber::registry();
    if one_layer {
        tracing::subscriber::with_default(registry.with(powertools.subscriber_layer()), run);
    } else {
        let subscriber = registry.with(logger.subscriber_layer()).with(tracer.subscriber_layer());
        tracing::subscriber::with_default(subscriber, run);
    }
    let kept = std::mem::take(&mut *kept.0.lock().unwrap());
    let names: HashMap<SegmentId, String> = kept.iter().map(|(id, _, span)| (*id, span.name.clone())).collect();
    let spans = kept.into_iter().map(|(_, parent, span)| Emitted {
        parent: names.get(&parent).cloned().unwrap_or_else(|| parent.to_string()),
        ..span
    });
    Output {
        spans: spans.collect(),
        records: environment.lines(),
    }
}

/// Returns an invocation whose response was posted: its spans leave as they close.
fn invocation(powertools: &Powertools, number: usize, sampled: u8) -> Invocation {
    let mut context = context();
    context.request_id = format!("request-{number}");
    let header = format!("Root=1-5759e988-00000000000000000000000{number};Parent=557abcec3ee5a047;Sampled={sampled}");
    context.xray_trace_id = Some(header);
    let (kept, runtime) = (
        Mutex::new(None),
        tokio::runtime::Builder::new_current_thread().build().unwrap(),
    );
    let service = powertools.invocation_layer().layer(service_fn(|_: LambdaInvocation| {
        *kept.lock().unwrap() = Invocation::current();
        std::future::ready(Ok::<(), Error>(()))
    }));
    runtime.block_on(service.oneshot(request(context, "null"))).unwrap();
    kept.into_inner().unwrap().unwrap()
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let of_logger = prop_oneof![Just(Kind::Both), Just(Kind::Logger)];
    let parent = || {
        prop_oneof![
            3 => Just(Parent::Current),
            1 => Just(Parent::None),
            2 => (0..8_usize).prop_map(Parent::Span),
        ]
    };
    let leaf = prop_oneof![
        4 => (of_logger, parent()).prop_map(|(kind, parent)| Step::Open(kind, parent)),
        1 => (0..8_usize).prop_map(Step::Record),
        1 => (0..8_usize).prop_map(Step::Close),
        2 => (prop_oneof![Just(Level::INFO), Just(Level::DEBUG)], parent()).prop_map(|(level, parent)| Step::Log(level, parent)),
        1 => parent().prop_map(Step::Fail),
        1 => Just(Step::FailSilently),
        1 => Just(Step::Annotate),
    ];
    let step = leaf.prop_recursive(5, 48, 6, |step| {
        let steps = proptest::collection::vec(step, 1..6);
        let kind = prop_oneof![Just(Kind::Tracer), Just(Kind::Neither)];
        prop_oneof![
            1 => (kind, steps.clone()).prop_map(|(kind, steps)| Step::In(kind, steps)),
            1 => (proptest::option::of(0..3_usize), steps.clone()).prop_map(|(which, steps)| Step::For(which, steps)),
            2 => ((0..8_usize), steps).prop_map(|(which, steps)| Step::Enter(which, steps)),
        ]
    });
    proptest::collection::vec(step, 1..12)
}

proptest! {
    #[test]
    fn one_layer_gives_what_two_layers_give(steps in steps()) {
        prop_assert_eq!(output(&steps, true), output(&steps, false));
    }
}
