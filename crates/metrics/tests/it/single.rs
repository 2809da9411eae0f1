//! One-off metrics.

use std::time::{Duration, UNIX_EPOCH};

use powertools_lambda_metrics::{self as metrics, Resolution, Unit};
use serde_json::{Value, json};

use crate::common::{self, builder, documents, environment, invoke, sets};

#[test]
fn it_has_a_separate_line_with_its_own_dimensions_and_namespace() {
    let environment = environment();
    let metrics = builder(&environment)
        .cold_start(false)
        .default_dimension("stage", "prod")
        .build();
    invoke(&metrics, || {
        metrics::add_dimension("tenant", "acme");
        metrics::add_metadata("id", 1);
        metrics::add("Orders", Unit::Count, 1);
        metrics::single_metric("Refund", Unit::Count, 2)
            .namespace("Returns")
            .dimension("reason", "damaged")
            .dimension_set(&[("region", "eu-west-1")])
            .metadata("refund", json!({"id": 9}))
            .timestamp(UNIX_EPOCH + Duration::from_secs(1_768_400_000))
            .resolution(Resolution::High)
            .emit();
        metrics::single_metric("Plain", Unit::Bytes, 3).emit();
        assert!(environment.lines().is_empty(), "nothing is written before the response");
    });
    assert_eq!(
        environment.lines()[0],
        concat!(
            r#"{"_aws":{"Timestamp":1768400000000,"CloudWatchMetrics":[{"Namespace":"Returns","#,
            r#""Dimensions":[["reason","service"],["region"]],"#,
            r#""Metrics":[{"Name":"Refund","Unit":"Count","StorageResolution":1}]}]},"#,
            r#""reason":"damaged","service":"orders","region":"eu-west-1","refund":{"id":9},"Refund":2}"#
        )
    );
    let documents = documents(&environment);
    assert_eq!(documents.len(), 3);
    assert_eq!(
        (sets(&documents[1]), &documents[1]["Plain"]),
        (&json!([["service"]]), &json!(3))
    );
    assert_eq!(
        (sets(&documents[2]), &documents[2]["Orders"]),
        (&json!([["stage", "tenant", "service"]]), &json!(1))
    );
    assert!(environment.warnings().is_empty());
}

#[test]
fn invalid_input_to_it_costs_one_warning() {
    let environment = environment();
    let metrics = common::metrics(&environment);
    invoke(&metrics, || {
        for _ in 0..2 {
            metrics::single_metric("", Unit::Count, 1).emit();
            metrics::single_metric("A", Unit::Count, f64::NAN).emit();
            metrics::single_metric("B", Unit::Count, 1)
                .namespace(" ")
                .dimension("", "blank")
                .metadata("_aws", 1)
                .emit();
        }
    });
    let documents = documents(&environment);
    assert_eq!(documents.len(), 2);
    for document in &documents {
        assert_eq!(document["_aws"]["CloudWatchMetrics"][0]["Namespace"], "Shop");
        assert_eq!(document["B"], 1);
    }
    assert_eq!(environment.warnings().len(), 5, "{:?}", environment.warnings());
}

#[test]
fn one_that_is_not_emitted_is_not_written() {
    let environment = environment();
    let metrics = common::metrics(&environment);
    invoke(&metrics, || drop(metrics::single_metric("A", Unit::Count, 1)));
    assert!(environment.lines().is_empty());
}

#[test]
fn outside_an_invocation_it_waits_for_the_next_flush() {
    let environment = environment();
    let metrics = common::metrics(&environment);
    metrics.current().single_metric("Started", Unit::Count, 1).emit();
    assert!(environment.lines().is_empty());
    assert!(metrics.try_flush().is_ok());
    assert_eq!(documents(&environment)[0]["Started"], 1);
}

#[test]
fn many_are_written_before_the_end_so_that_memory_stays_bounded() {
    let environment = environment();
    let metrics = common::metrics(&environment);
    invoke(&metrics, || {
        (0..1_000).for_each(|number| metrics::single_metric("Many", Unit::Count, number).emit());
        assert!(!environment.lines().is_empty());
    });
    let values: Vec<Value> = documents(&environment)
        .iter()
        .map(|document| document["Many"].clone())
        .collect();
    assert_eq!(values, (0..1_000).map(Value::from).collect::<Vec<_>>());
}

#[test]
fn a_disabled_one_is_neither_kept_nor_printed() {
    let environment = environment().var("POWERTOOLS_METRICS_DISABLED", "true");
    let metrics = builder(&environment).build();
    invoke(&metrics, || {
        metrics::single_metric("A", Unit::Count, 1).dimension("a", "b").emit();
    });
    metrics.shutdown();
    assert!(environment.lines().is_empty());
}
