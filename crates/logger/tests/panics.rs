//! The handler's error and panics with the logger's panic hook, which this test binary installs for its process.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::{Mutex, PoisonError};

use lambda_runtime::{Error, LambdaEvent};
use powertools_lambda_core::test_util::{TestEnvironment, context, request};
use powertools_lambda_logger::{HandlerLayer, Logger};
use serde_json::{Value, json as value};
use tower::{ServiceExt, service_fn};
use tower_layer::Layer;
use tracing_subscriber::layer::SubscriberExt;

/// Only one test at a time may use the process's panic hook.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Runs one invocation whose handler calls `f`, emits the runtime's own event after it, and returns the records.
fn records(with_handler_layer: bool, f: fn() -> Result<(), Error>) -> Vec<Value> {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let environment = TestEnvironment::new();
    let logger = Logger::builder().environment(&environment).build();
    let before = std::panic::take_hook();
    logger.install_panic_hook();
    let subscriber = tracing_subscriber::registry().with(logger.subscriber_layer());
    tracing::subscriber::with_default(subscriber, || {
        let handler = service_fn(move |_: LambdaEvent<()>| async move { f() });
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let invoke = logger
            .invocation_layer()
            .layer(service_fn(move |request: lambda_runtime::LambdaInvocation| {
                let event = LambdaEvent::new((), request.context);
                let future: std::pin::Pin<Box<dyn Future<Output = Result<(), Error>>>> = if with_handler_layer {
                    Box::pin(HandlerLayer::new().layer(handler).oneshot(event))
                } else {
                    Box::pin(handler.oneshot(event))
                };
                async move {
                    // Like the runtime, which logs and posts a failure, so that the outer layers see success.
                    let result = std::panic::AssertUnwindSafe(future);
                    match caught(result).await {
                        Ok(Ok(())) => {}
                        Ok(Err(error)) => tracing::error!(target: "lambda_runtime::layers::panic", "{error:?}"),
                        Err(()) => {
                            let error = "Any { .. }";
                            tracing::error!(target: "lambda_runtime::layers::panic", ?error, "user handler panicked");
                        }
                    }
                    Ok::<(), Error>(())
                }
            }));
        runtime.block_on(invoke.oneshot(request(context(), "null"))).unwrap();
    });
    std::panic::set_hook(before);
    let lines = environment.lines();
    lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Awaits a future and turns its panic into an error, like the runtime.
async fn caught<F: Future + Unpin>(mut future: std::panic::AssertUnwindSafe<F>) -> Result<F::Output, ()> {
    std::future::poll_fn(move |cx| {
        let future = &mut future.0;
        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| std::pin::Pin::new(future).poll(cx))) {
            Ok(poll) => poll.map(Ok),
            Err(_) => std::task::Poll::Ready(Err(())),
        }
    })
    .await
}

fn declined() -> Result<(), Error> {
    Err(Error::from(std::io::Error::other("card was declined")))
}

#[test]
fn a_handlers_error_is_one_record() {
    let records = records(true, declined);
    assert_eq!(records.len(), 1, "{records:?}");
    assert_eq!(records[0]["level"], "ERROR");
    assert_eq!(records[0]["message"], "handler failed");
    assert_eq!(records[0]["exception"], "card was declined");
    assert_eq!(records[0]["exception_name"], "Custom");
    assert_eq!(records[0]["function_name"], "order-fn");
}

#[test]
fn a_panic_is_one_record_with_the_place_where_it_happened() {
    let records = records(true, || panic!("no {}", "money"));
    assert_eq!(records.len(), 1, "{records:?}");
    assert_eq!(records[0]["level"], "ERROR");
    assert_eq!(records[0]["exception"], "no money");
    assert_eq!(records[0]["exception_name"], "panic");
    let mut stack_trace = records[0]["stack_trace"].clone();
    // If `RUST_BACKTRACE` is set, there are frames, beginning at the panic.
    if let Some(frames) = stack_trace.as_object_mut().unwrap().remove("frames") {
        assert!(
            !frames[0]["function"].as_str().unwrap().contains("panic_hook"),
            "{frames}"
        );
    }
    assert_eq!(
        stack_trace,
        value!({"type": "panic", "value": "no money", "causes": []})
    );
    let location = records[0]["location"].as_str().unwrap();
    assert!(location.contains("tests/panics.rs:"), "{location}");
    assert_eq!(records[0]["function_name"], "order-fn");
}

#[test]
fn without_the_handler_layer_the_runtimes_event_stays() {
    let records = records(false, declined);
    assert_eq!(records.len(), 1, "{records:?}");
    assert_eq!(
        records[0]["location"].as_str().unwrap().split(':').next(),
        Some("panics")
    );
    assert!(records[0]["message"].as_str().unwrap().contains("card was declined"));
}

#[test]
fn without_the_handler_layer_the_hooks_record_replaces_the_runtimes_event() {
    let records = records(false, || panic!("no money"));
    assert_eq!(records.len(), 1, "{records:?}");
    assert_eq!(records[0]["message"], "panicked");
}

/// Catches a panic, like a batch, and returns an error afterwards.
fn declined_after_a_caught_panic() -> Result<(), Error> {
    assert!(std::panic::catch_unwind(|| panic!("no record")).is_err());
    declined()
}

#[test]
fn an_error_after_a_caught_panic_is_a_record_too() {
    for (with_handler_layer, text) in [(true, "exception"), (false, "message")] {
        let records = records(with_handler_layer, declined_after_a_caught_panic);
        assert_eq!(records.len(), 2, "{records:?}");
        assert_eq!(records[0]["exception"], "no record");
        let error = records[1][text].as_str().unwrap();
        assert!(error.contains("card was declined"), "{records:?}");
    }
}

#[test]
fn a_handler_that_succeeds_writes_nothing() {
    assert_eq!(records(true, || Ok(())), Vec::<Value>::new());
}
