//! Tower: any service handles records, and a batch is itself a service.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use lambda_runtime::{Diagnostic, Error, LambdaEvent};
use powertools_lambda_batch::dynamodb::DynamoDbEvent;
use powertools_lambda_batch::kafka::KafkaEvent;
use powertools_lambda_batch::kinesis::KinesisEvent;
use powertools_lambda_batch::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use powertools_lambda_batch::{Batch, BatchError, Record, record_fn};
use tower::{Service, ServiceBuilder, ServiceExt, service_fn};

use crate::common::{fails_on_fail, fifo, reported, sqs};

#[tokio::test(start_paused = true)]
async fn a_time_out_is_that_records_failure() {
    let slow = |body: String| async move {
        if body == "slow" {
            tokio::time::sleep(Duration::from_mins(1)).await;
        }
        Ok::<_, Error>(())
    };
    let service = ServiceBuilder::new()
        .timeout(Duration::from_secs(1))
        .service(record_fn(slow));
    let response = Batch::sqs(service)
        .process(sqs(&["quick", "slow", "quick"]))
        .await
        .unwrap();
    assert_eq!(reported(&response), ["m1"]);
}

#[tokio::test]
async fn limits_of_the_service_hold_within_the_concurrency() {
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let most_seen = Arc::clone(&most);
    let handler = move |_: String| {
        let (running, most) = (Arc::clone(&running), Arc::clone(&most));
        async move {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            running.fetch_sub(1, Ordering::SeqCst);
            Ok::<_, Error>(())
        }
    };
    let service = ServiceBuilder::new().concurrency_limit(2).service(record_fn(handler));
    let response = Batch::sqs(service)
        .concurrency(8)
        .process(sqs(&["x"; 20]))
        .await
        .unwrap();
    assert_eq!(reported(&response), [""; 0]);
    assert_eq!(most_seen.load(Ordering::SeqCst), 2);
}

/// A service that is ready three times and then fails.
#[derive(Clone)]
struct WearsOut {
    ready: usize,
    panics: bool,
    waits: bool,
}

impl Service<Record<SqsMessage>> for WearsOut {
    type Response = ();
    type Error = Error;
    type Future = BoxFuture<'static, Result<(), Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.ready += 1;
        assert!(self.ready <= 3 || !self.panics, "worn out");
        Poll::Ready(if self.ready > 3 { Err("worn out".into()) } else { Ok(()) })
    }

    fn call(&mut self, _: Record<SqsMessage>) -> Self::Future {
        let waits = self.waits;
        Box::pin(async move {
            if waits {
                tokio::task::yield_now().await;
            }
            Ok(())
        })
    }
}

#[tokio::test]
async fn a_service_that_is_not_ready_fails_the_record_and_is_replaced() {
    for panics in [false, true] {
        // Records that complete without waiting need only one of the services.
        for (concurrency, waits, expected) in [
            (1, false, ["m3", "m7"]),
            (1, true, ["m3", "m7"]),
            (2, false, ["m3", "m7"]),
            (2, true, ["m6", "m7"]),
        ] {
            let worn_out = WearsOut {
                ready: 0,
                panics,
                waits,
            };
            let batch = Batch::sqs(worn_out).concurrency(concurrency);
            let response = batch.process(sqs(&["x"; 8])).await.unwrap();
            assert_eq!(
                reported(&response),
                expected,
                "panics {panics}, concurrency {concurrency}, waits {waits}"
            );
        }
    }
}

/// The task is given up after every 128 records; one of them may end the lane that it runs in.
#[tokio::test]
async fn a_panic_in_any_record_of_a_large_batch_ends_no_other() {
    let panics = |body: String| {
        assert!(body != "fail", "in the function");
        async { Ok::<_, Error>(()) }
    };
    for at in [0, 126, 127, 128, 255, 299] {
        let mut bodies = ["ok"; 300];
        bodies[at] = "fail";
        for concurrency in [1, 2, 8] {
            let batch = Batch::sqs(record_fn(panics)).concurrency(concurrency);
            let response = batch.process(sqs(&bodies)).await.unwrap();
            assert_eq!(reported(&response), [format!("m{at}")], "concurrency {concurrency}");
        }
    }
}

#[tokio::test]
async fn a_panic_is_that_records_failure() {
    let panics_when_called = |body: String| {
        assert!(body != "fail", "in the function");
        async { Ok::<_, Error>(()) }
    };
    let panics_when_polled = |body: String| async move {
        tokio::task::yield_now().await;
        assert!(body != "fail", "in the future");
        Ok::<_, Error>(())
    };
    for concurrency in [1, 4] {
        let event = || sqs(&["ok", "fail", "ok"]);
        let batch = Batch::sqs(record_fn(panics_when_called)).concurrency(concurrency);
        assert_eq!(reported(&batch.process(event()).await.unwrap()), ["m1"]);
        let batch = Batch::sqs(record_fn(panics_when_polled)).concurrency(concurrency);
        assert_eq!(reported(&batch.process(event()).await.unwrap()), ["m1"]);
    }
    let error = Batch::sqs(record_fn(panics_when_polled))
        .process(sqs(&["fail"]))
        .await
        .unwrap_err();
    let (id, reason) = error.full_batch_error().unwrap().errors().next().unwrap();
    assert_eq!(
        (id, reason.to_string().as_str()),
        ("m0", "the handler panicked: in the future")
    );
    assert!(reason.is_panic());
}

#[tokio::test]
async fn a_plain_service_receives_raw_records() {
    let service = service_fn(|message: Record<SqsMessage>| async move {
        assert!(message.body.is_some());
        Ok::<_, Infallible>("an answer that nobody reads")
    });
    let response = Batch::<_, SqsEvent>::new(service)
        .process(sqs(&["x", "y"]))
        .await
        .unwrap();
    assert_eq!(reported(&response), [""; 0]);
}

#[tokio::test]
async fn a_batch_is_the_whole_handler() {
    let mut handler = Batch::sqs(record_fn(fails_on_fail));
    let response = handler.ready().await.unwrap().call(sqs(&["ok", "fail"])).await.unwrap();
    assert_eq!(reported(&response), ["m1"]);
    let mut outer = ServiceBuilder::new().timeout(Duration::from_secs(1)).service(handler);
    let error = outer
        .ready()
        .await
        .unwrap()
        .call(fifo(&[("a", "fail")]))
        .await
        .unwrap_err();
    assert!(error.downcast_ref::<BatchError<SqsBatchResponse>>().is_some());
}

#[test]
fn a_handler_may_borrow_from_the_function_around_it() {
    let prefix = String::from("m");
    let prefix = &prefix;
    let handled = powertools_lambda_batch::process(sqs(&["x"]), |message: Record<SqsMessage>| async move {
        assert!(message.id().starts_with(prefix.as_str()));
        Ok::<_, Error>(())
    });
    // Also without a runtime: no timer is needed.
    assert_eq!(
        reported(&futures_util::FutureExt::now_or_never(handled).unwrap().unwrap()),
        [""; 0]
    );
}

#[test]
fn lambda_sees_the_kind_and_the_counts_of_a_failure() {
    let failed = powertools_lambda_batch::process(fifo(&[("a", "fail"), ("a", "ok")]), fails_on_fail);
    let error = futures_util::FutureExt::now_or_never(failed).unwrap().unwrap_err();
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "told to fail");
    let diagnostic = Diagnostic::from(error);
    assert_eq!(diagnostic.error_type, "FullBatchError");
    assert_eq!(
        diagnostic.error_message,
        "no record was processed: 1 of 2 failed, 1 were not started"
    );
}

/// The bounds of `lambda_runtime::run_concurrent` on a handler.
fn serves_concurrently<H, E>(handler: H)
where
    H: Service<LambdaEvent<E>> + Clone + Send + 'static,
    H::Future: Future + Send + 'static,
    H::Error: Into<Diagnostic> + std::fmt::Debug,
{
    drop(handler);
}

#[test]
fn every_service_is_clone_and_send_with_a_send_future() {
    let handler = || record_fn(|_: String| async { Ok::<_, Error>(()) });
    serves_concurrently::<_, SqsEvent>(Batch::sqs(handler()));
    serves_concurrently::<_, KinesisEvent>(Batch::kinesis(handler()));
    serves_concurrently::<_, KafkaEvent>(Batch::kafka(handler()));
    let raw =
        service_fn(|_: Record<powertools_lambda_batch::dynamodb::DynamoDbEventRecord>| async { Ok::<_, Error>(()) });
    serves_concurrently::<_, DynamoDbEvent>(Batch::dynamodb(
        ServiceBuilder::new().timeout(Duration::MAX).service(raw),
    ));
}
