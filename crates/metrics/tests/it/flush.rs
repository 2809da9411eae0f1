//! When documents are written, and what happens without metrics.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_runtime::{Error, LambdaInvocation};
use powertools_lambda_core::Invocation;
use powertools_lambda_core::test_util::{context, request};
use powertools_lambda_metrics::{self as metrics, Unit};
use serde_json::{Value, json};
use tower::{ServiceExt, service_fn};
use tower_layer::Layer;

use crate::common::{self, builder, documents, environment, invoke, sets};

const NOW: u64 = 1_768_473_000_125;

fn time(millis: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(millis)
}

fn timestamps(documents: &[Value]) -> Vec<u64> {
    let timestamp = |document: &Value| document["_aws"]["Timestamp"].as_u64().unwrap();
    documents.iter().map(timestamp).collect()
}

#[test]
fn a_timestamp_is_for_one_flush() {
    let environment = environment();
    let metrics = common::metrics(&environment);
    invoke(&metrics, || {
        metrics::set_timestamp(time(NOW - 60_000));
        metrics::add("A", Unit::Count, 1);
        metrics.flush();
        metrics::add("B", Unit::Count, 1);
    });
    invoke(&metrics, || {
        metrics.current().set_timestamp(time(NOW - 1));
        metrics::add("C", Unit::Count, 1);
    });
    invoke(&metrics, || metrics::add("D", Unit::Count, 1));
    assert_eq!(timestamps(&documents(&environment)), [NOW - 60_000, NOW, NOW - 1, NOW]);
    assert!(environment.warnings().is_empty());
}

#[test]
fn a_timestamp_that_cloudwatch_rejects_is_kept_with_one_warning() {
    const DAY: u64 = 24 * 60 * 60 * 1_000;
    for (millis, warnings) in [
        (NOW - 14 * DAY, 0),
        (NOW + DAY / 12, 0),
        (NOW - 14 * DAY - 1, 1),
        (NOW + DAY / 12 + 1, 1),
    ] {
        let environment = environment();
        let metrics = common::metrics(&environment);
        for _ in 0..2 {
            invoke(&metrics, || {
                metrics::set_timestamp(time(millis));
                metrics::add("A", Unit::Count, 1);
            });
        }
        assert_eq!(timestamps(&documents(&environment)), [millis, millis]);
        assert_eq!(environment.warnings().len(), warnings);
    }
}

#[test]
fn after_a_flush_the_document_begins_empty() {
    let environment = environment();
    let metrics = common::metrics(&environment);
    invoke(&metrics, || {
        metrics::add_dimension("tenant", "acme");
        metrics::add_metadata("id", 1);
        metrics.flush();
        metrics::add("A", Unit::Count, 1); // not flushed yet, so dimensions and metadata are still there
        metrics.flush();
        metrics::add("B", Unit::Count, 1);
    });
    let documents = documents(&environment);
    assert_eq!(
        (sets(&documents[0]), &documents[0]["id"]),
        (&json!([["tenant", "service"]]), &json!(1))
    );
    assert_eq!(sets(&documents[1]), &json!([["service"]]));
    assert!(documents[1].get("A").is_none() && documents[1].get("id").is_none());
}

#[test]
fn an_empty_flush_is_an_error_on_request() {
    let environment = environment();
    let metrics = common::metrics(&environment);
    let mut seen = Vec::new();
    invoke(&metrics, || {
        seen.push(metrics.try_flush().is_ok());
        metrics::add("A", Unit::Count, 1);
        seen.push(metrics.try_flush().is_ok());
        seen.push(metrics.try_flush().is_ok());
    });
    assert_eq!(seen, [false, true, false]);
    assert_eq!(metrics.try_flush().unwrap_err().to_string(), "no metrics to write");
    let environment = environment.var("POWERTOOLS_METRICS_DISABLED", "1");
    assert!(builder(&environment).build().try_flush().is_ok());
}

#[test]
fn an_invocation_without_metrics_is_a_warning_on_request() {
    let environment = environment();
    let quiet = common::metrics(&environment);
    invoke(&quiet, || ());
    assert!(environment.warnings().is_empty());
    let metrics = builder(&environment).warn_on_empty(true).build();
    invoke(&metrics, || metrics::add("A", Unit::Count, 1));
    assert!(environment.warnings().is_empty());
    invoke(&metrics, || ());
    invoke(&metrics, || ());
    assert_eq!(
        environment.warnings(),
        ["an invocation ended without a metric (`ColdStart` does not count)"]
    );
}

#[test]
fn shutdown_writes_what_is_left_everywhere() {
    let environment = environment();
    let metrics = common::metrics(&environment);
    let at_shutdown = metrics.clone();
    metrics.current().add("process", Unit::Count, 1);
    invoke(&metrics, || {
        metrics::add("open", Unit::Count, 1);
        // The signal arrives on another thread while an invocation runs.
        std::thread::spawn(move || at_shutdown.shutdown()).join().unwrap();
        let values = common::emf::values(&documents(&environment));
        assert_eq!((&values["open"][..], &values["process"][..]), (&[1.0][..], &[1.0][..]));
        metrics::add("after", Unit::Count, 1);
    });
    assert_eq!(documents(&environment)[0]["after"], 1, "an invocation goes on after it");
    metrics.shutdown();
    assert!(environment.lines().is_empty(), "nothing is written twice");
}

#[test]
fn error_panic_and_drop_are_written_like_success() {
    let environment = environment();
    let metrics = common::metrics(&environment);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for outcome in ["error", "panic", "dropped"] {
        let service = service_fn(move |_: LambdaInvocation| async move {
            metrics::add("Tried", Unit::Count, 1);
            metrics::add_metadata("outcome", outcome);
            match outcome {
                "error" => Err(Error::from("failed")),
                "panic" => panic!("broke"),
                _ => std::future::pending().await,
            }
        });
        let service = metrics.invocation_layer().layer(service);
        let run = async {
            let call = service.oneshot(request(context(), ""));
            tokio::select! { biased; result = call => result, () = tokio::task::yield_now() => Ok(()) }
        };
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| runtime.block_on(run)));
        let documents = documents(&environment);
        assert_eq!(documents.len(), 1, "{outcome}");
        assert_eq!(
            (&documents[0]["Tried"], &documents[0]["outcome"]),
            (&json!(1), &json!(outcome))
        );
    }
}

#[test]
fn what_is_added_after_the_end_is_written_with_the_next_flush() {
    let environment = environment();
    let metrics = common::metrics(&environment);
    let mut ended = None;
    invoke(&metrics, || ended = Invocation::current());
    ended.unwrap().in_scope(|| metrics::add("Late", Unit::Count, 1));
    assert!(environment.lines().is_empty());
    invoke(&metrics, || metrics::add("Next", Unit::Count, 1));
    let documents = documents(&environment);
    assert_eq!(documents.len(), 2, "{documents:?}");
    assert_eq!((&documents[0]["Next"], &documents[1]["Late"]), (&json!(1), &json!(1)));
    assert!(documents[0].get("Late").is_none());
}
