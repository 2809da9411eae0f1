//! The annotations and metadata of subsegments.

use powertools_lambda_tracer::{add_metadata, add_metadata_in, annotate};
use serde_json::json;

use crate::common::{Function, Unserialisable, named};

#[tokio::test]
async fn annotations_and_metadata_go_to_the_current_span() {
    let documents = Function::new()
        .trace(async |_| {
            annotate("tenant", "acme");
            tracing::info_span!("get_booking").in_scope(|| {
                annotate("BookingId", "b1");
                annotate("Retries", 3);
                annotate("Ok", true);
                annotate("Ratio", 1.5);
                annotate("Retries", 4);
                add_metadata("raw", json!({"a": [1, null]}));
                add_metadata_in("other", "raw", 1);
            });
            annotate("after", "inner span");
            Ok(())
        })
        .await;
    let inner = named(&documents, "## get_booking");
    assert_eq!(
        inner["annotations"],
        json!({"BookingId": "b1", "Retries": 4, "Ok": true, "Ratio": 1.5})
    );
    assert_eq!(
        inner["metadata"],
        json!({"booking": {"raw": {"a": [1, null]}}, "other": {"raw": 1}})
    );
    let handler = named(&documents, "## handler");
    assert_eq!(
        handler["annotations"],
        json!({"ColdStart": true, "Service": "booking", "tenant": "acme", "after": "inner span"})
    );
}

#[tokio::test]
async fn cold_start_and_service_are_the_tracers_whoever_sets_them() {
    let function = Function::new();
    let documents = function
        .trace(async |_| {
            annotate("ColdStart", "never");
            annotate("Service", 7);
            tracing::info_span!("library", ColdStart = false, annotation.Service = "db", service = "db").in_scope(
                || {
                    annotate("ColdStart", 1);
                },
            );
            Ok(())
        })
        .await;
    assert_eq!(
        named(&documents, "## handler")["annotations"],
        json!({"ColdStart": true, "Service": "booking"})
    );
    assert_eq!(named(&documents, "## library")["annotations"], json!({"service": "db"}));
    let warning = |key| {
        format!(
            "{key:?} is left out of the trace: the annotations ColdStart and Service are the tracer's: use another key"
        )
    };
    assert_eq!(
        function.environment.warnings(),
        [warning("ColdStart"), warning("Service")]
    );
}

#[tokio::test]
async fn an_annotation_that_xray_rejects_is_left_out_with_one_warning() {
    let function = Function::new();
    let documents = function
        .trace(async |_| {
            for _ in 0..2 {
                annotate("bad key!", "x");
                annotate("", "x");
                annotate("nan", f64::NAN);
                annotate("fine_1", 1.5);
                add_metadata("AWS.reserved", 1);
                add_metadata("tuple keys", std::collections::HashMap::from([((1, 2), 3)]));
            }
            Ok(())
        })
        .await;
    assert_eq!(
        documents[0]["annotations"],
        json!({"ColdStart": true, "Service": "booking", "fine_1": 1.5})
    );
    assert!(documents[0].get("metadata").is_none());
    assert_eq!(
        function.environment.warnings(),
        [
            r#""bad key!" is left out of the trace: an annotation key must have 1 to 500 characters of A-Z a-z 0-9 _"#,
            r#""" is left out of the trace: an annotation key must have 1 to 500 characters of A-Z a-z 0-9 _"#,
            r#""nan" is left out of the trace: an annotation must not be infinite or NaN"#,
            r#""AWS.reserved" is left out of the trace: a metadata key must have 1 to 500 characters and must not begin with AWS."#,
            r#"metadata "tuple keys" is left out: key must be a string"#,
        ]
    );
}

#[tokio::test]
async fn span_fields_become_annotations_or_metadata_by_how_they_are_recorded() {
    let documents = Function::new()
        .trace(async |_| {
            let span = tracing::info_span!(
                "charge",
                tenant = "acme",
                items = 3_u64,
                express = true,
                cart = ?["book", "pen"],
                annotation.order_id = %7,
                metadata.size = 12,
                order.region = "eu",
                late = tracing::field::Empty,
            );
            span.record("late", 2.5);
            drop(span);
            drop(tracing::info_span!("renamed", trace.name = "charge the card (twice)"));
            Ok(())
        })
        .await;
    let charge = named(&documents, "## charge");
    assert_eq!(
        charge["annotations"],
        json!({"tenant": "acme", "items": 3, "express": true, "order_id": "7", "order_region": "eu", "late": 2.5})
    );
    assert_eq!(
        charge["metadata"],
        json!({"booking": {"cart": r#"["book", "pen"]"#, "size": 12}})
    );
    named(&documents, "charge the card twice");
}

#[tokio::test]
async fn a_value_that_panics_when_it_is_serialised_does_not_fail_the_function() {
    let function = Function::new();
    let documents = function
        .trace(async |_| {
            add_metadata("bad", Unserialisable);
            add_metadata("good", 1);
            Ok(())
        })
        .await;
    assert_eq!(documents[0]["metadata"], json!({"booking": {"good": 1}}));
}

#[tokio::test]
async fn a_debug_that_logs_and_annotates_does_not_deadlock() {
    struct Logging;
    impl std::fmt::Debug for Logging {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            annotate("from_debug", true);
            tracing::error!(error = "inside Debug");
            drop(tracing::info_span!("inside"));
            f.write_str("Logging")
        }
    }
    let documents = Function::new()
        .trace(async |_| {
            let span = tracing::info_span!("span", value = ?Logging, late = tracing::field::Empty);
            span.in_scope(|| span.record("late", tracing::field::debug(Logging)));
            Ok(())
        })
        .await;
    assert_eq!(
        named(&documents, "## span")["metadata"]["booking"],
        json!({"value": "Logging", "late": "Logging"})
    );
}
