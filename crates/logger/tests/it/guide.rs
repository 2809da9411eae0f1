//! The examples of `crates/logger/docs/guide.md`, and a test that compares the guide with their code and output.

// example: imports
use std::backtrace::Backtrace;
use std::error::Error;

use powertools_lambda_logger::{
    self as logger, CorrelationIdPath, DatadogFormatter, Keys, LogBuffer, LogEvent, LogRecord, Logger, StandardKey,
    WithKeys, json,
};
use tracing::level_filters::LevelFilter;
use tracing::{debug, error, info, instrument};
// end

use std::fmt;

use lambda_runtime::LambdaEvent;
use powertools_lambda_core::test_util::{TestEnvironment, context, request};
use powertools_lambda_core::{ErrorReport, Invocation, InvocationExt, Outcome};
use powertools_lambda_logger::LoggerBuilder;
use serde::Serialize;
use serde_json::Value;
use tower::{Layer, Service};
use tracing::warn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::common::{self, invocation};

#[derive(Serialize)]
struct Order {
    id: &'static str,
    items: Vec<&'static str>,
}

#[derive(Debug)]
struct PaymentError(CardError);

#[derive(Debug)]
struct CardError;

impl fmt::Display for PaymentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("payment failed")
    }
}

impl Error for PaymentError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

impl fmt::Display for CardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("card was declined")
    }
}

impl Error for CardError {}

/// Runs `f` in an invocation of a logger.
fn inside(environment: &TestEnvironment, builder: LoggerBuilder, f: impl FnOnce(&Logger)) {
    let logger = builder.build();
    let subscriber = tracing_subscriber::registry().with(logger.subscriber_layer());
    tracing::subscriber::with_default(subscriber, || invocation(environment).in_scope(|| f(&logger)));
}

/// Calls a handler with an event, like the runtime.
fn invoke(logger: &Logger, event: &str, handler: fn()) {
    let mut context = context();
    context.xray_trace_id = Some(format!("Root={};Sampled=1", common::TRACE));
    let subscriber = tracing_subscriber::registry().with(logger.subscriber_layer());
    tracing::subscriber::with_default(subscriber, || {
        let mut service = logger.invocation_layer().layer(tower::service_fn(move |_| {
            handler();
            std::future::ready(Ok::<(), lambda_runtime::Error>(()))
        }));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime
            .block_on(service.call(request(context, event.to_owned())))
            .unwrap();
    });
}

fn fields(environment: &TestEnvironment, builder: LoggerBuilder) {
    inside(environment, builder, |_| {
        let order = Order {
            id: "A-1",
            items: vec!["book", "lamp"],
        };
        // example: fields
        info!(order_id = order.id, total = 12.5, express = true, "collecting payment");
        info!(order = ?json(&order), "order placed");
        // end
    });
}

fn spans(environment: &TestEnvironment, builder: LoggerBuilder) {
    // example: spans
    #[instrument]
    fn charge(order_id: &str, amount: f64) {
        info!("charging");
        info!(amount = 0, "an event's own field wins");
    }
    // end
    inside(environment, builder, |_| charge("A-1", 12.5));
}

fn keys(environment: &TestEnvironment, builder: LoggerBuilder) {
    inside(environment, builder.global_key("region", "eu"), |_| {
        // example: keys
        logger::append_key("order_id", "A-1");
        logger::append_keys(Keys::new().key("items", ["book", "lamp"]).key("total", 12.5));
        info!("with keys");
        logger::remove_keys(["items", "total"]);
        info!("with one key");
        logger::clear_keys();
        info!("without");
        // end
    });
}

fn scope(environment: &TestEnvironment, builder: LoggerBuilder) {
    inside(environment, builder, |_| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            async fn charge() {
                std::future::ready(()).await;
                info!("charging");
            }
            // example: scope
            charge().with_keys([("order_id", "A-1")]).await;
            {
                let _keys = logger::scope_keys([("step", "shipping")]);
                info!("in the scope");
            }
            info!("after it");
            // end
        });
    });
}

fn process(environment: &TestEnvironment, builder: LoggerBuilder) {
    // example: process
    let logger = builder.global_key("region", "eu").build();
    logger.set_global_key("version", 7);
    // end
    let subscriber = tracing_subscriber::registry().with(logger.subscriber_layer());
    tracing::subscriber::with_default(subscriber, || invocation(environment).in_scope(|| info!("hello")));
}

fn errors(environment: &TestEnvironment, builder: LoggerBuilder) {
    inside(environment, builder, |_| {
        let error = PaymentError(CardError);
        // example: errors
        error!(error = &error as &dyn Error, order_id = "A-1", "cannot collect payment");
        // end
    });
}

fn handler_error(environment: &TestEnvironment, builder: LoggerBuilder) {
    inside(environment, builder, |logger| {
        let error = PaymentError(CardError);
        let mut service = logger.invocation_layer().layer(tower::service_fn(move |_| {
            let invocation = Invocation::current().unwrap();
            invocation.report_outcome(Outcome::Failed(ErrorReport::new(&error)));
            std::future::ready(Ok::<(), lambda_runtime::Error>(()))
        }));
        let mut context = context();
        context.request_id = "another".into();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(service.call(request(context, "{}"))).unwrap();
    });
}

fn instrument_err(environment: &TestEnvironment, builder: LoggerBuilder) {
    // example: instrument_err
    #[instrument(err)]
    fn charge(order_id: &str) -> Result<(), PaymentError> {
        Err(PaymentError(CardError))
    }
    // end
    inside(environment, builder, |_| {
        charge("A-1").unwrap_err();
    });
}

fn frames(environment: &TestEnvironment, builder: LoggerBuilder) {
    inside(environment, builder, |_| {
        let error = CardError;
        // example: frames
        let backtrace = Backtrace::force_capture();
        error!(error = &error as &dyn Error, %backtrace, "cannot collect payment");
        // end
    });
}

fn targets(environment: &TestEnvironment, builder: LoggerBuilder) {
    // example: targets
    let builder = builder
        .level(LevelFilter::WARN)
        .target_level("orders::payment", LevelFilter::DEBUG);
    // end
    inside(environment, builder, |_| {
        debug!(target: "orders::payment::card", "details of this module");
        info!("nothing else below WARN");
    });
}

fn run_time(environment: &TestEnvironment, builder: LoggerBuilder) {
    inside(environment, builder, |logger| {
        // example: run_time
        logger.set_level(LevelFilter::DEBUG);
        debug!("from now on");
        // end
    });
}

fn correlation(_: &TestEnvironment, builder: LoggerBuilder) {
    // example: correlation
    let logger = builder
        .correlation_id_path(CorrelationIdPath::header("x-correlation-id").or(CorrelationIdPath::API_GATEWAY_REST))
        .build();
    // end
    let event = r#"{"headers":{"X-Correlation-Id":"c-7"},"requestContext":{"requestId":"r-1"}}"#;
    invoke(&logger, event, || {
        info!("hello");
        assert_eq!(logger::correlation_id().as_deref(), Some("c-7"));
    });
}

fn event(_: &TestEnvironment, builder: LoggerBuilder) {
    // example: event
    let logger = builder.log_event(LogEvent::new().redact("card")).build();
    // end
    invoke(
        &logger,
        r#"{"headers":{"Authorization":"Bearer abc"},"body":"{\"card\": 4111, \"item\": \"bicycle\"}"}"#,
        || (),
    );
}

fn sampling(_: &TestEnvironment, builder: LoggerBuilder) {
    // example: sampling
    let logger = builder.sample_rate(0.9).sample_by_trace_id(true).build();
    // end
    invoke(&logger, "{}", || debug!("a sampled invocation shows its details"));
}

fn buffering(environment: &TestEnvironment, builder: LoggerBuilder) {
    // example: buffering
    let builder = builder.buffer(LogBuffer::new().max_bytes(64 * 1024));
    // end
    inside(environment, builder, |_| {
        debug!("asking the card service");
        environment.clock().advance(std::time::Duration::from_millis(310));
        warn!("is not buffered");
        error!("card was declined");
        debug!("forgotten unless another error follows");
    });
}

fn renaming(environment: &TestEnvironment, builder: LoggerBuilder) {
    // example: renaming
    let builder = builder
        .rename(StandardKey::FunctionRequestId, "request_id")
        .omit(StandardKey::FunctionArn)
        .omit(StandardKey::FunctionMemorySize);
    // end
    inside(environment, builder, |_| info!("hello"));
}

fn formatter(environment: &TestEnvironment, builder: LoggerBuilder) {
    // example: formatter
    let builder = builder.formatter(|record: &LogRecord<'_>, line: &mut Vec<u8>| {
        line.extend_from_slice(br#"{"log":"#);
        record.write_json(line);
        line.push(b'}');
    });
    // end
    inside(environment, builder, |_| info!("hello"));
}

fn datadog(environment: &TestEnvironment, builder: LoggerBuilder) {
    // example: datadog
    let builder = builder.formatter(DatadogFormatter);
    // end
    inside(environment, builder, |_| {
        error!(error = &CardError as &dyn Error, "cannot collect payment");
    });
}

fn time_zone(environment: &TestEnvironment, builder: LoggerBuilder) {
    // example: time_zone
    let builder = builder.time_zone("America/New_York");
    // end
    inside(environment, builder, |_| info!("hello"));
}

fn too_long(environment: &TestEnvironment, builder: LoggerBuilder) {
    // example: too_long
    let builder = builder.max_record_bytes(4_096);
    // end
    inside(environment, builder, |_| info!(page = "x".repeat(5_000), "hello"));
}

#[allow(clippy::unused_async)] // a handler is async
// example: testing
async fn handler(event: LambdaEvent<Value>) -> Result<(), lambda_runtime::Error> {
    logger::append_key("order_id", &event.payload["id"]);
    info!("order placed");
    Ok(())
}

#[tokio::test]
async fn a_record_has_the_order_id() {
    let environment = TestEnvironment::new().var("POWERTOOLS_SERVICE_NAME", "orders");
    let logger = Logger::builder().environment(&environment).build();
    let _guard = tracing_subscriber::registry()
        .with(logger.subscriber_layer())
        .set_default();

    let event = LambdaEvent::new(serde_json::json!({"id": "A-1"}), context());
    let invocation = Invocation::new(context(), environment.environment());
    handler(event).with_invocation(invocation).await.unwrap();

    assert!(environment.lines()[0].contains(r#""order_id":"A-1""#));
}
// end

type Example = (&'static str, fn(&TestEnvironment, LoggerBuilder));

const EXAMPLES: [Example; 20] = [
    ("fields", fields),
    ("spans", spans),
    ("keys", keys),
    ("scope", scope),
    ("process", process),
    ("errors", errors),
    ("handler_error", handler_error),
    ("instrument_err", instrument_err),
    ("frames", frames),
    ("targets", targets),
    ("run_time", run_time),
    ("correlation", correlation),
    ("event", event),
    ("sampling", sampling),
    ("buffering", buffering),
    ("renaming", renaming),
    ("formatter", formatter),
    ("datadog", datadog),
    ("time_zone", time_zone),
    ("too_long", too_long),
];

#[test]
fn the_guide_shows_this_code_and_what_it_writes() {
    // The guide has the paths of the umbrella crate.
    let source = include_str!("guide.rs")
        .replace("powertools_lambda_logger", "powertools_lambda::logger")
        .replace("self as logger", "self");
    let text = include_str!("../../docs/guide.md");
    guide_check::check("crates/logger/docs/guide.md", text, &source, |guide| {
        guide.code("imports");
        for (name, run) in EXAMPLES {
            let environment = common::environment();
            run(&environment, common::builder(&environment));
            // The handler's error is logged without any code.
            if name != "handler_error" {
                guide.code(name);
            }
            // The guide shows a user's module.
            guide.output(
                name,
                "json",
                &environment.lines().join("\n").replace("it::guide", "orders"),
            );
        }
        guide.left_out(
            "Powertools::from_env()",
            "it needs the umbrella crate, which depends on this one",
        );
        guide.code("testing");
    });
}
