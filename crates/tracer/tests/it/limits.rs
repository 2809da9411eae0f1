//! Limits: how much a span and an invocation hold, and what happens beyond.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use lambda_runtime::Error;
use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_tracer::{Emitter, SpanExt as _, SpanRecord, Spans, add_metadata, annotate, record_error};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::common::{self, Function, ROOT, named, sampled};

#[derive(Default)]
struct Counting {
    spans: AtomicUsize,
    flushes: AtomicUsize,
}

impl Emitter for Counting {
    fn emit(&self, spans: Spans<'_>) {
        self.spans.fetch_add(spans.iter().len(), Ordering::Relaxed);
    }

    fn flush(&self) {
        self.flushes.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn past_a_thousand_spans_they_leave_at_once_with_one_warning() {
    let emitter = Arc::new(Counting::default());
    let function = Function::configured(TestEnvironment::new(), |builder| builder.emitter(Arc::clone(&emitter)));
    function
        .invoke(sampled(), async |_| {
            for count in 0..10_000 {
                drop(tracing::info_span!("step", count));
            }
            assert_eq!(emitter.spans.load(Ordering::Relaxed), 9_000);
            Ok(())
        })
        .await;
    assert_eq!(emitter.spans.load(Ordering::Relaxed), 10_001);
    assert_eq!(emitter.flushes.load(Ordering::Relaxed), 1);
    assert_eq!(
        function.environment.warnings(),
        [
            "9001 spans of an invocation did not fit into the queue of 1000 spans and 1048576 bytes and were sent before the \
             response"
        ]
    );
}

#[tokio::test]
async fn past_a_megabyte_spans_leave_at_once() {
    let emitter = Arc::new(Counting::default());
    let function = Function::configured(TestEnvironment::new(), |builder| builder.emitter(Arc::clone(&emitter)));
    function
        .invoke(sampled(), async |_| {
            let large = "x".repeat(50_000);
            for _ in 0..30 {
                tracing::info_span!("step").in_scope(|| add_metadata("large", &large));
            }
            // 1 MiB / (50 kB + overhead) = 20 fit.
            assert_eq!(emitter.spans.load(Ordering::Relaxed), 10);
            Ok(())
        })
        .await;
    assert_eq!(emitter.spans.load(Ordering::Relaxed), 31);
}

#[tokio::test]
async fn an_oversized_document_is_cut_metadata_first_with_a_warning() {
    let function = Function::new();
    let documents = function
        .trace(async |_| {
            tracing::info_span!("full").in_scope(|| {
                for key in ["first", "second", "third"] {
                    add_metadata(key, "m".repeat(20_000));
                }
                for count in 0..40 {
                    annotate(&format!("text_{count}"), "ü\"".repeat(500));
                }
                record_error(&std::io::Error::other("disk full"));
            });
            Ok(())
        })
        .await;
    let full = named(&documents, "## full");
    assert_eq!(full["cause"]["exceptions"][0]["message"], "disk full");
    let annotations = full["annotations"].as_object().unwrap();
    assert!(annotations.len() >= 30, "{}", annotations.len());
    assert!(full["metadata"]["booking"].get("third").is_none());
    let [warning] = &function.environment.warnings()[..] else {
        panic!("{:?}", function.environment.warnings())
    };
    assert!(
        warning.starts_with("the document of a span exceeds 64000 bytes: "),
        "{warning}"
    );
}

#[tokio::test]
async fn a_text_past_the_limit_is_cut_not_left_out() {
    let documents = Function::new()
        .trace(async |_| {
            let text = "x".repeat(9_000);
            tracing::info_span!("step", annotation.text = %text, metadata.text = %text)
                .in_scope(|| tracing::error!(error = %text, "failed"));
            Ok(())
        })
        .await;
    let step = named(&documents, "## step");
    assert_eq!(step["cause"]["exceptions"][0]["message"], "x".repeat(2_000));
    assert_eq!(step["annotations"]["text"], "x".repeat(1_000));
    assert_eq!(step["metadata"]["booking"]["text"], "x".repeat(8_192) + "…");
}

#[tokio::test]
async fn a_single_value_past_the_limit_is_left_out_alone() {
    let function = Function::new();
    let documents = function
        .trace(async |_| {
            add_metadata("small", 1);
            add_metadata("large", "x".repeat(70_000));
            add_metadata("after", 2);
            annotate("text", "é".repeat(2_000));
            Ok(())
        })
        .await;
    assert_eq!(documents[0]["metadata"], json!({"booking": {"small": 1, "after": 2}}));
    assert_eq!(
        documents[0]["annotations"]["text"].as_str().unwrap().chars().count(),
        1_000
    );
    assert_eq!(
        function.environment.warnings(),
        [r#""large" is left out of the trace: a span holds at most 64 kB"#]
    );
}

#[tokio::test]
async fn values_that_are_set_repeatedly_take_no_room() {
    let documents = Function::new()
        .trace(async |_| {
            for count in 0..1_000 {
                let text = "x".repeat(count % 500);
                annotate("text", &text);
                add_metadata("text", &text);
            }
            annotate("last", true);
            add_metadata("last", true);
            Ok(())
        })
        .await;
    assert_eq!(
        documents[0]["annotations"]["text"],
        documents[0]["metadata"]["booking"]["text"]
    );
    assert_eq!(documents[0]["annotations"]["text"].as_str().unwrap().len(), 499);
    assert_eq!(
        (
            &documents[0]["annotations"]["last"],
            &documents[0]["metadata"]["booking"]["last"]
        ),
        (&json!(true), &json!(true))
    );
}

#[tokio::test]
async fn a_span_has_fifty_annotations() {
    let function = Function::with(TestEnvironment::new());
    let documents = function
        .trace(async |_| {
            for count in 0..60 {
                annotate(&format!("key_{count}"), count);
            }
            Ok(())
        })
        .await;
    assert_eq!(documents[0]["annotations"].as_object().unwrap().len(), 50);
    assert!(function.environment.warnings()[0].ends_with("a span has at most 50 annotations"));
}

#[tokio::test]
async fn a_full_socket_loses_spans_with_a_warning_and_never_blocks() {
    let function = Function::new();
    function
        .invoke(sampled(), async |_| {
            let large = "x".repeat(50_000);
            for _ in 0..500 {
                tracing::info_span!("step").in_scope(|| add_metadata("large", &large));
            }
            Ok(())
        })
        .await;
    // On loopback, a full receive buffer drops datagrams without an error; those that arrive are complete.
    let documents = function.daemon.documents();
    assert!(!documents.is_empty() && documents.len() < 500, "{}", documents.len());
}

#[tokio::test]
async fn a_panicking_emitter_fails_nothing() {
    struct Panicking;
    impl Emitter for Panicking {
        fn emit(&self, _: Spans<'_>) {
            panic!("emit");
        }
    }
    let function = Function::configured(TestEnvironment::new(), |builder| builder.emitter(Panicking));
    function
        .invoke(sampled(), async |_| {
            drop(tracing::info_span!("step"));
            Ok(())
        })
        .await;
    assert_eq!(
        function.environment.warnings(),
        ["the tracer's emitter panicked: spans are lost"]
    );
}

#[tokio::test]
async fn a_custom_emitter_gets_everything_that_is_known() {
    #[derive(Default)]
    struct Keeping(Mutex<Vec<Value>>);
    impl Emitter for Keeping {
        fn emit(&self, spans: Spans<'_>) {
            // An emitter may look at the invocation; nothing of the span is locked.
            annotate("from_emitter", true);
            self.0.lock().unwrap().extend(spans.iter().map(known));
        }
    }
    fn known(span: &SpanRecord) -> Value {
        let annotations: Vec<_> = span
            .annotations()
            .map(|(key, value)| format!("{key}={value:?}"))
            .collect();
        let metadata: Vec<_> = span
            .metadata()
            .map(|entry| {
                format!(
                    "{}/{}={}",
                    entry.namespace,
                    entry.key,
                    String::from_utf8_lossy(entry.json)
                )
            })
            .collect();
        json!({
            "name": span.name(),
            "trace": span.trace_id().to_string(),
            "fault": span.is_fault(),
            "errors": span.errors().iter().map(powertools_lambda_core::ErrorReport::message).collect::<Vec<_>>(),
            "annotations": annotations,
            "metadata": metadata,
        })
    }
    let emitter = Arc::new(Keeping::default());
    let environment = TestEnvironment::new().var("POWERTOOLS_SERVICE_NAME", "booking");
    let function = Function::configured(environment, |builder| builder.emitter(Arc::clone(&emitter)));
    function
        .invoke(sampled(), async |_| {
            let span = tracing::info_span!("charge");
            span.annotate("tenant", "acme").add_metadata("cart", [1, 2]);
            Err(Error::from("no stock"))
        })
        .await;
    assert_eq!(
        *emitter.0.lock().unwrap(),
        [
            json!({
                "name": "charge", "trace": ROOT, "fault": false, "errors": [],
                "annotations": [r#"tenant=Text("acme")"#], "metadata": ["booking/cart=[1,2]"],
            }),
            json!({
                "name": "handler", "trace": ROOT, "fault": true, "errors": ["no stock"],
                "annotations": ["ColdStart=Bool(true)", r#"Service=Text("booking")"#],
                "metadata": [],
            }),
        ]
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// X-Ray accepts the document of every span; `documents()` checks each against the schema.
    #[test]
    fn xray_accepts_the_document_of_every_span(
        name in any::<String>(),
        keys in prop::collection::vec("[A-Za-z0-9_]{1,40}|.{0,10}", 0..60),
        text in any::<String>(),
        length in 0..3_000_usize,
        repeated in 0..12_000_usize,
        message in any::<String>(),
        number in any::<f64>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let documents = runtime.block_on(Function::new().trace(async |_| {
            tracing::info_span!("span", trace.name = name.as_str()).in_scope(|| {
                for key in &keys {
                    annotate(key, text.repeat(length / 50 + 1));
                    add_metadata(key, text.repeat(repeated / (text.len() + 1)));
                }
                annotate("number", number);
                record_error(&std::io::Error::other(message.repeat(length)));
            });
            Ok(())
        }));
        prop_assert_eq!(documents.len(), 2);
    }

    #[test]
    fn no_tracing_header_fails_an_invocation(header in any::<String>()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let function = Function::new();
        runtime.block_on(function.invoke(common::with_header(&header), async |_| {
            drop(tracing::info_span!("span"));
            Ok(())
        }));
        prop_assert!(function.daemon.documents().is_empty());
    }
}
