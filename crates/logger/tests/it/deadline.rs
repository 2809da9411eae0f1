//! The records written before a deadline and at the end of the process.

use std::sync::Arc;
use std::time::Duration;

use lambda_runtime::{Context, LambdaInvocation};
use powertools_lambda_core::Invocation;
use powertools_lambda_core::test_util::{TestEnvironment, context, request};
use powertools_lambda_logger::{LogBuffer, Logger};
use serde_json::Value;
use tower::{Layer, Service, ServiceExt};
use tracing::{Dispatch, debug};
use tracing_subscriber::layer::SubscriberExt;

use crate::common::{self, builder, environment, messages, records};

fn logger(environment: &TestEnvironment) -> Logger {
    let buffer = LogBuffer::new().flush_before_deadline(Duration::from_millis(500));
    builder(environment).buffer(buffer).build()
}

fn dispatch(logger: &Logger) -> Dispatch {
    Dispatch::new(tracing_subscriber::registry().with(logger.subscriber_layer()))
}

/// Returns the context of an invocation with 3 seconds left.
fn three_seconds(environment: &TestEnvironment) -> Context {
    let mut context = context();
    context.xray_trace_id = Some(format!("Root={};Sampled=1", common::TRACE));
    context.deadline = environment.clock().timestamp().as_millis() + 3_000;
    context
}

/// Waits until something is written, and returns it; fails after a timeout.
fn eventually(environment: &TestEnvironment) -> Vec<Value> {
    for _ in 0..20_000 {
        let records = records(environment);
        if !records.is_empty() {
            return records;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("nothing was written");
}

#[test]
fn buffered_records_are_written_before_the_deadline_even_if_the_handler_blocks_its_only_thread() {
    let environment = Arc::new(environment());
    let logger = logger(&environment);
    let handler = {
        let environment = Arc::clone(&environment);
        move |_: LambdaInvocation| {
            debug!("the last step");
            environment.clock().advance(Duration::from_millis(2_400));
            // Gives the watch time to read the clock.
            std::thread::sleep(Duration::from_millis(50));
            assert_eq!(records(&environment).len(), 0, "0.6 s are left");
            environment.clock().advance(Duration::from_millis(200));
            assert_eq!(messages(&eventually(&environment)), ["the last step"], "0.4 s are left");
            debug!("after the flush");
            std::future::ready(Ok::<(), std::convert::Infallible>(()))
        }
    };
    // Also without a Tokio runtime.
    let call = logger.invocation_layer().layer(tower::service_fn(handler));
    tracing::dispatcher::with_default(&dispatch(&logger), || {
        let called = call.oneshot(request(three_seconds(&environment), "{}"));
        let Ok(()) = ready(called);
    });
    assert_eq!(messages(&records(&environment)), ["after the flush"]);
    assert_eq!(environment.warnings(), [""; 0]);
}

/// Polls a future that is ready immediately.
fn ready<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut cx) {
        std::task::Poll::Ready(output) => output,
        std::task::Poll::Pending => panic!("it is pending"),
    }
}

#[test]
fn an_invocation_that_ends_in_time_writes_no_buffered_records() {
    let environment = environment();
    let logger = logger(&environment);
    tracing::dispatcher::with_default(&dispatch(&logger), || {
        let handler = tower::service_fn(|_: LambdaInvocation| {
            debug!("forgotten");
            std::future::ready(Ok::<(), std::convert::Infallible>(()))
        });
        let Ok(()) = ready(
            logger
                .invocation_layer()
                .layer(handler)
                .oneshot(request(three_seconds(&environment), "{}")),
        );
    });
    environment.clock().advance(Duration::from_secs(3));
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(records(&environment).len(), 0);
}

#[test]
fn shutdown_writes_the_buffers_of_open_invocations() {
    let environment = environment();
    let logger = logger(&environment);
    let dispatch = dispatch(&logger);
    tracing::dispatcher::with_default(&dispatch, || {
        let hang = |request_id: &str| {
            let mut service = logger
                .invocation_layer()
                .layer(tower::service_fn(|_: LambdaInvocation| {
                    let request_id = Invocation::current().unwrap().context().request_id.clone();
                    debug!("{request_id}");
                    std::future::pending::<Result<(), std::convert::Infallible>>()
                }));
            let mut context = three_seconds(&environment);
            context.request_id = request_id.to_owned();
            service.call(request(context, "{}"))
        };
        let ended = hang("ended");
        drop(ended);
        let open = [hang("first"), hang("second")];
        logger.shutdown();
        let mut written = records(&environment);
        written.sort_by_key(|record| record["message"].as_str().unwrap().to_owned());
        assert_eq!(messages(&written), ["first", "second"]);
        drop(open);
        assert_eq!(records(&environment).len(), 0, "each is written once");
    });
}
