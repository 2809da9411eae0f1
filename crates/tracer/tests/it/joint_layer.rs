//! A layer with several consumers records spans with the public parts of the tracer's layer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lambda_runtime::{Error, LambdaInvocation};
use powertools_lambda_core::test_util::{TestEnvironment, request};
use powertools_lambda_core::{Invocation, enter_span, exit_span};
use powertools_lambda_tracer::subscriber::{SpanFilter, SpanRecorder};
use powertools_lambda_tracer::{SpanExt, annotate};
use serde_json::json;
use tower::ServiceExt;
use tower_layer::Layer as _;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Instrument, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use crate::common::{Function, named, sampled};

/// Sees every span, counts it, and records those that the tracer's filter takes.
struct Joint {
    recorder: SpanRecorder,
    filter: SpanFilter,
    seen: Arc<AtomicUsize>,
}

struct Carried(Invocation);

impl<S: Subscriber + for<'span> LookupSpan<'span>> Layer<S> for Joint {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        self.seen.fetch_add(1, Ordering::Relaxed);
        let of_parent = attributes.parent().and_then(|parent| invocation_of(parent, &context));
        let Some(invocation) = of_parent.or_else(Invocation::current) else {
            return;
        };
        if self.filter.takes(attributes.metadata()) {
            self.recorder.open(&invocation, attributes, id, &context);
        }
        let span = context.span(id).unwrap();
        span.extensions_mut().insert(Carried(invocation));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        self.recorder.record(id, values, &context);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if self.filter.takes(event.metadata()) {
            let of_parent = event.parent().and_then(|parent| invocation_of(parent, &context));
            self.recorder.event(event, of_parent.as_ref(), &context);
        }
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        if let Some(invocation) = invocation_of(id, &context) {
            enter_span(id, &invocation);
        }
        self.recorder.enter(id, &context);
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        self.recorder.exit(id, &context);
        exit_span(id);
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        self.recorder.close(&id, &context);
    }
}

fn invocation_of<S>(id: &Id, context: &Context<'_, S>) -> Option<Invocation>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    Some(context.span(id)?.extensions().get::<Carried>()?.0.clone())
}

#[tokio::test]
async fn it_records_what_the_tracers_own_layer_does() {
    let function = Function::with(TestEnvironment::new());
    let seen = Arc::new(AtomicUsize::new(0));
    let layer = Joint {
        recorder: function.tracer.span_recorder(),
        filter: function.tracer.span_filter(),
        seen: Arc::clone(&seen),
    };
    let _subscriber = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
    let handler = tower::service_fn(async |_: LambdaInvocation| {
        let outer = tracing::info_span!("outer", items = 2, late = tracing::field::Empty);
        async {
            tracing::debug_span!("detail").in_scope(|| tracing::error!(error = "refused"));
            let leaf = async { annotate("spawned", true) }.instrument(tracing::info_span!("leaf"));
            tokio::spawn(leaf.in_current_span()).await.unwrap();
        }
        .instrument(outer.clone())
        .await;
        outer.record("late", 1.5);
        outer.annotate("given", "span");
        Ok::<(), Error>(())
    });
    let service = function.tracer.invocation_layer().layer(handler);
    service.oneshot(request(sampled(), "{}")).await.unwrap();

    let documents = function.daemon.subsegments();
    assert_eq!(documents.len(), 3, "{documents:#?}");
    let outer = named(&documents, "## outer");
    assert_eq!(outer["annotations"], json!({"items": 2, "late": 1.5, "given": "span"}));
    assert_eq!(outer["cause"]["exceptions"][0]["message"], "refused");
    assert_eq!(outer["parent_id"], named(&documents, "## handler")["id"]);
    let leaf = named(&documents, "## leaf");
    assert_eq!(leaf["annotations"], json!({"spawned": true}));
    assert_eq!(leaf["parent_id"], outer["id"]);
    assert_eq!(seen.load(Ordering::Relaxed), 4, "the invocation's span, too");
}
