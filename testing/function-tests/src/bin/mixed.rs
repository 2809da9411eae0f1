//! A function that logs, counts and traces, with the invocation's number on all its output.
//!
//! `LAYERS` names the outer layers of a custom runtime, in order, which also has custom layers. If it is unset,
//! `Powertools::run` sets everything up.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use lambda_runtime::{Error, LambdaEvent, LambdaInvocation, Runtime};
use powertools_lambda::core::{Environment, Invocation, InvocationLayer, Outcome, Utility};
use powertools_lambda::metrics::{self, Unit};
use powertools_lambda::{Powertools, logger, tracer};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::yield_now;
use tower::{ServiceBuilder, service_fn};
use tracing::{Instrument, Level, Span, Subscriber, debug, error, info, info_span, instrument};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, registry};

#[derive(Clone, Copy, Deserialize)]
struct Event {
    number: u64,
    kind: Kind,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Ok,
    Error,
    Panic,
    PanicInCall,
    Slow,
    Spawn,
    BrokenTelemetry,
}

#[tokio::main(worker_threads = 4)]
async fn main() -> Result<(), Error> {
    let powertools = Powertools::from_env();
    match Environment::process().variables().text("LAYERS") {
        None => powertools.run(service_fn(handler)).await,
        Some(layers) => run_beside_own_layers(&powertools, &layers).await,
    }
}

async fn run_beside_own_layers(powertools: &Powertools, layers: &str) -> Result<(), Error> {
    registry()
        .with(OwnLayer)
        .with(powertools.subscriber_layer())
        .try_init()?;
    powertools.logger().install_panic_hook();
    let handler = ServiceBuilder::new()
        .layer(powertools.handler_layer())
        .map_response(|response: Value| response)
        .service_fn(handler);
    let own = InvocationLayer::new(Environment::process()).with(&Arc::new(OwnUtility));
    let runtime = Runtime::new(handler).layer(own);
    let layers: Vec<_> = layers
        .split(',')
        .map(|name| match name {
            "logger" => powertools.logger().invocation_layer(),
            "metrics" => powertools.metrics().invocation_layer(),
            _ => powertools.tracer().invocation_layer(),
        })
        .collect();
    match &layers[..] {
        [first] => runtime.layer(first.clone()).run_concurrent().await,
        [first, second] => {
            runtime
                .layer(first.clone())
                .layer(second.clone())
                .run_concurrent()
                .await
        }
        [first, second, third, ..] => {
            runtime
                .layer(first.clone())
                .layer(second.clone())
                .layer(third.clone())
                .run_concurrent()
                .await
        }
        [] => runtime.run_concurrent().await,
    }
}

#[allow(clippy::needless_pass_by_value)] // the signature of a handler
fn handler(event: LambdaEvent<Event>) -> impl Future<Output = Result<Value, Error>> + Send {
    let Event { number, kind } = event.payload;
    assert!(kind != Kind::PanicInCall, "broke {number} in call");
    handle(number, kind)
}

async fn handle(number: u64, kind: Kind) -> Result<Value, Error> {
    logger::append_key("number", number);
    yield_now().await;
    metrics::add_metadata("number", number);
    yield_now().await;
    metrics::add("Handled", Unit::Count, number);
    yield_now().await;
    tracer::annotate("number", number);
    yield_now().await;
    info!(claimed = number, "begin");
    debug!(claimed = number, "details");
    yield_now().await;
    error!(claimed = number, "loud");
    work(number).await;
    match kind {
        Kind::Ok | Kind::PanicInCall => {}
        Kind::Error => {
            return Err(Box::new(Outer {
                number,
                source: Inner(number),
            }));
        }
        Kind::Panic => panic!("broke {number}"),
        Kind::Slow => tokio::time::sleep(Duration::from_millis(2)).await,
        Kind::Spawn => spawn(number).await?,
        Kind::BrokenTelemetry => break_telemetry(),
    }
    yield_now().await;
    Ok(json!({"number": number}))
}

#[instrument(skip_all, fields(step = number))]
async fn work(number: u64) {
    yield_now().await;
    tracer::annotate("claimed", number);
    yield_now().await;
    info!(claimed = number, "inside");
    yield_now().await;
    metrics::add("Worked", Unit::Count, number);
}

async fn spawn(number: u64) -> Result<(), Error> {
    let as_task = tokio::spawn(async move { spawned(number).await }.in_current_span());
    let span = Span::current();
    let as_thread = tokio::task::spawn_blocking(move || {
        span.in_scope(|| {
            info_span!("spawned", step = number).in_scope(|| {
                tracer::annotate("claimed", number);
                info!(claimed = number, "spawned");
                error!(claimed = number, "loud");
                metrics::add("Spawned", Unit::Count, number);
            });
        });
    });
    as_task.await?;
    as_thread.await?;
    Ok(())
}

#[instrument(skip_all, fields(step = number))]
async fn spawned(number: u64) {
    yield_now().await;
    tracer::annotate("claimed", number);
    info!(claimed = number, "spawned");
    yield_now().await;
    error!(claimed = number, "loud");
    yield_now().await;
    metrics::add("Spawned", Unit::Count, number);
}

/// Records telemetry that no service accepts; none of it may change the response.
fn break_telemetry() {
    struct Unserialisable;
    impl serde::Serialize for Unserialisable {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("not this one"))
        }
    }
    metrics::add("", Unit::Count, 1);
    metrics::add("Handled", Unit::Bytes, f64::NAN);
    metrics::add("_aws", Unit::None, f64::INFINITY);
    metrics::add_dimension(":", "\0");
    metrics::add_metadata("_aws", Unserialisable);
    logger::append_key("level", Unserialisable);
    logger::append_key("", "\u{0}\u{1f}");
    tracer::annotate("not a key", "x");
    tracer::add_metadata("AWS.reserved", Unserialisable);
    info!(infinite = f64::INFINITY, broken = ?logger::json(Unserialisable), "broken");
}

#[derive(Debug)]
struct Outer {
    number: u64,
    source: Inner,
}

impl fmt::Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed {}", self.number)
    }
}

impl std::error::Error for Outer {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

#[derive(Debug)]
struct Inner(u64);

impl fmt::Display for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "because of {}", self.0)
    }
}

impl std::error::Error for Inner {}

/// A custom subscriber layer that prints DEBUG events.
struct OwnLayer;

impl<S: Subscriber> Layer<S> for OwnLayer {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() == Level::DEBUG && event.metadata().target() == module_path!() {
            let request_id = Invocation::with_current(|invocation| invocation.context().request_id.clone());
            print(&json!({"own": "details", "request": request_id}));
        }
    }
}

/// A custom utility that prints when it is called.
struct OwnUtility;

impl Utility for OwnUtility {
    type State = ();

    fn state(&self, _: &Invocation) {}

    fn on_start(&self, invocation: &Invocation, (): &(), _: &LambdaInvocation) {
        print(&json!({"hook": "start", "request": invocation.context().request_id}));
    }

    fn on_outcome(&self, invocation: &Invocation, (): &(), _: &Outcome) {
        print(&json!({"hook": "outcome", "request": invocation.context().request_id}));
    }

    fn on_finish(&self, invocation: &Invocation, (): &()) {
        print(&json!({"hook": "finish", "request": invocation.context().request_id}));
    }
}

fn print(value: &Value) {
    Environment::process()
        .output()
        .write_line(format!("{value}\n").as_bytes());
}
