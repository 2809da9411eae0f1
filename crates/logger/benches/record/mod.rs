//! The measured operations, of the logger and of its peers.

#![allow(dead_code, clippy::expect_used)] // each bench uses its part, and may stop where it cannot run

mod floor;
mod function;
mod peers;
mod sink;

use std::error::Error;
use std::fmt;
use std::fs::File;
use std::hint::black_box;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use lambda_runtime::{Config, Context};
use powertools_lambda_core::{
    Clock, Environment, INVOCATION_TARGET, Invocation, LineSink, Output, Variables, Warnings,
};
use powertools_lambda_logger::Logger;
use tracing::dispatcher::DefaultGuard;
use tracing::span::EnteredSpan;
use tracing::{debug, error, error_span, info, info_span};
use tracing_subscriber::layer::SubscriberExt;

pub(crate) use floor::Floor;
pub(crate) use peers::Peer;
pub(crate) use sink::Sink;

use function::{ARN, FUNCTION, REQUEST_ID, SERVICE, TRACE};
use sink::null_device;

/// The spans around the record.
#[derive(Clone, Copy)]
pub(crate) enum Around {
    /// The invocation, with this number of user spans inside it.
    Spans(usize),
    /// A user span inside the invocation, entered outside the invocation's own task, as in a spawned task.
    Spawned,
    /// The invocation of a logger that samples other invocations.
    Sampling,
}

/// The thread's subscriber, with the entered spans.
pub(crate) struct Stage {
    // Dropped in this order, so that spans are exited with the subscriber that created them.
    entered: Vec<EnteredSpan>,
    /// `None` if the subscriber is that of the process.
    default: Option<DefaultGuard>,
}

/// Whether a stage's subscriber is that of the process, as in a function, or only of the thread, because others follow.
#[derive(Clone, Copy)]
pub(crate) enum Scope {
    Process,
    Thread,
}

/// Sets the stage up with our logger, and warms up its buffers.
pub(crate) fn ours(around: Around, sink: Sink, scope: Scope) -> Stage {
    let warnings = Warnings::new(Clock::system(), Output::stderr());
    let env = Variables::from_lookup(|_| None, warnings.clone());
    let environment = Environment::new(env, Clock::system(), output(sink), warnings);
    let mut builder = Logger::builder().service(SERVICE).environment(environment.clone());
    if matches!(around, Around::Sampling) {
        builder = builder.sample_rate(1e-9);
    }
    let logger = builder.build();
    let default = match scope {
        Scope::Process => {
            logger.init().expect("the only subscriber");
            None
        }
        Scope::Thread => {
            let subscriber = tracing_subscriber::registry().with(logger.subscriber_layer());
            Some(tracing::subscriber::set_default(subscriber))
        }
    };
    let invocation = Invocation::new(context(), &environment);
    let outer = invocation.in_scope(|| error_span!(target: INVOCATION_TARGET, parent: None, "invocation"));
    let mut stage = Stage {
        entered: vec![outer.entered()],
        default,
    };
    match around {
        Around::Spans(count) => stage.enter(count),
        Around::Spawned => {
            // Only the span carries the invocation, as in a task spawned with `.in_current_span()`.
            let span = info_span!("work", step = 1);
            stage.entered.clear();
            stage.entered.push(span.entered());
        }
        Around::Sampling => {}
    }
    warm_up();
    stage
}

/// Sets the stage up with a peer.
pub(crate) fn peer(peer: Peer, spans: usize, sink: Sink, scope: Scope) -> Stage {
    let subscriber = peer.subscriber(sink);
    let default = match scope {
        Scope::Process => {
            tracing::dispatcher::set_global_default(subscriber).expect("the only subscriber");
            None
        }
        Scope::Thread => Some(tracing::dispatcher::set_default(&subscriber)),
    };
    let mut stage = Stage {
        entered: vec![peer.context().entered()],
        default,
    };
    stage.enter(spans);
    warm_up();
    stage
}

impl Stage {
    fn enter(&mut self, spans: usize) {
        for number in 0..spans {
            self.entered.push(info_span!("work", step = number).entered());
        }
    }
}

fn warm_up() {
    for _ in 0..8 {
        info_record();
        error_record(&failure());
        user_span();
    }
}

/// L1: a message and three fields.
pub(crate) fn info_record() {
    info!(
        order_id = black_box("A-1234"),
        currency = black_box("EUR"),
        quantity = black_box(3),
        "collecting payment"
    );
}

/// L2: a record below the level.
pub(crate) fn refused_record() {
    debug!(order_id = black_box("A-1234"), "details");
}

/// L3: an error with a chain of three.
pub(crate) fn error_record(failure: &Failure) {
    error!(error = black_box(failure) as &(dyn Error + 'static), "cannot pay");
}

/// A user span with two fields, entered and closed.
pub(crate) fn user_span() {
    let _entered = info_span!("charge", currency = black_box("EUR"), quantity = black_box(3)).entered();
}

/// An error with two causes.
#[derive(Debug)]
pub(crate) struct Failure(&'static str, Option<Box<Failure>>);

pub(crate) fn failure() -> Failure {
    let innermost = Failure("connection reset by peer", None);
    let middle = Failure("the payment service does not answer", Some(Box::new(innermost)));
    Failure("the order cannot be paid", Some(Box::new(middle)))
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.1.as_deref().map(|cause| cause as _)
    }
}

fn context() -> Context {
    let mut context = Context::default();
    context.request_id = REQUEST_ID.to_owned();
    context.invoked_function_arn = ARN.to_owned();
    context.xray_trace_id = Some(format!("Root={TRACE};Parent=53995c3f42cd8ad8;Sampled=1"));
    context.env_config = Arc::new(Config {
        function_name: FUNCTION.to_owned(),
        memory: 128,
        ..Config::default()
    });
    context
}

fn output(sink: Sink) -> Output {
    match sink {
        Sink::Memory => Output::new(Nowhere),
        Sink::Null => Output::new(NullDevice(Mutex::new(null_device()))),
    }
}

struct Nowhere;

impl LineSink for Nowhere {
    fn write_line(&self, line: &[u8]) {
        black_box(line);
    }
}

struct NullDevice(Mutex<File>);

impl LineSink for NullDevice {
    fn write_line(&self, line: &[u8]) {
        let _ = self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(line);
    }
}
