//! The documents of an invocation's metrics.

use powertools_lambda_core::test_util::{TestEnvironment, context};
use powertools_lambda_metrics::{self as metrics, MetricName, Resolution, Unit};
use serde_json::{Value, json};

use crate::common::{builder, documents, environment, invoke};

#[test]
fn an_invocation_is_one_line_with_scalars_and_arrays() {
    let environment = environment();
    let metrics = builder(&environment).cold_start(false).build();
    invoke(&metrics, || {
        metrics::add("Orders", Unit::Count, 1);
        metrics::add("Time", Unit::Milliseconds, 12.5);
        metrics::add("Orders", Unit::Count, 2_u8);
        metrics::add_with_resolution("Depth", Unit::Percent, 99_i64, Resolution::High);
        metrics::add_metadata("order", json!({"id": "A-1"}));
        metrics::add_dimension("tenant", "acme");
        assert!(environment.lines().is_empty(), "nothing is written before the response");
    });
    assert_eq!(
        environment.lines(),
        [concat!(
            r#"{"_aws":{"Timestamp":1768473000125,"CloudWatchMetrics":[{"Namespace":"Shop","#,
            r#""Dimensions":[["tenant","service"]],"Metrics":[{"Name":"Orders","Unit":"Count"},"#,
            r#"{"Name":"Time","Unit":"Milliseconds"},{"Name":"Depth","Unit":"Percent","StorageResolution":1}]}]},"#,
            r#""tenant":"acme","service":"orders","order":{"id":"A-1"},"Orders":[1,2],"Time":12.5,"Depth":99}"#
        )]
    );
}

#[test]
fn the_next_invocation_begins_empty() {
    let environment = environment();
    let metrics = builder(&environment).cold_start(false).build();
    invoke(&metrics, || {
        metrics::add("Orders", Unit::Count, 1);
        metrics::add_dimension("tenant", "acme");
        metrics::add_metadata("id", 1);
    });
    documents(&environment);
    invoke(&metrics, || {});
    assert!(
        environment.lines().is_empty(),
        "an invocation without metrics writes nothing"
    );
    invoke(&metrics, || metrics::add("Others", Unit::Bytes, 3));
    let document = &documents(&environment)[0];
    assert_eq!(document["Others"], 3);
    for left in ["Orders", "tenant", "id"] {
        assert!(document.get(left).is_none(), "{document}");
    }
}

#[test]
fn the_cold_start_is_written_once_with_the_functions_name() {
    let environment = environment();
    let metrics = builder(&environment).build();
    invoke(&metrics, || {});
    invoke(&metrics, || {});
    let lines = environment.lines();
    assert_eq!(lines.len(), 1);
    let document: Value = serde_json::from_str(&lines[0]).unwrap();
    assert_eq!(
        document["_aws"]["CloudWatchMetrics"][0]["Dimensions"],
        json!([["function_name", "service"]])
    );
    assert_eq!(
        (&document["ColdStart"], &document["function_name"]),
        (&json!(1), &json!("order-fn"))
    );
}

#[test]
fn invalid_input_costs_one_warning_and_nothing_else() {
    const CHECKED: MetricName = MetricName::new("Checked");
    let environment = environment();
    let metrics = builder(&environment).cold_start(false).build();
    invoke(&metrics, || {
        for _ in 0..3 {
            metrics::add("", Unit::Count, 1);
            metrics::add("Nan", Unit::Count, f64::NAN);
            metrics::add("Nan", Unit::Count, f64::INFINITY);
            metrics::add(CHECKED, Unit::Count, 1);
            metrics::add(CHECKED, Unit::Seconds, 1);
            metrics::add_dimension(" ", "blank");
        }
    });
    let documents = documents(&environment);
    assert_eq!(documents[0]["Checked"], json!([1, 1, 1, 1, 1, 1]));
    assert_eq!(
        documents[0]["_aws"]["CloudWatchMetrics"][0]["Metrics"],
        json!([{"Name": "Checked", "Unit": "Count"}])
    );
    assert_eq!(environment.warnings().len(), 4, "{:?}", environment.warnings());
}

#[test]
fn a_dimension_takes_precedence_over_a_metric_and_a_metric_over_metadata() {
    let environment = environment();
    let metrics = builder(&environment).cold_start(false).build();
    invoke(&metrics, || {
        metrics::add_dimension("a", "dimension");
        metrics::add("a", Unit::Count, 1);
        metrics::add("b", Unit::Count, 1);
        metrics::add_metadata("b", "metadata");
        metrics::add_metadata("a", "metadata");
        metrics::add_metadata("_aws", "metadata");
        metrics::add_metadata("service", "metadata");
        metrics::add("_aws", Unit::Count, 1);
    });
    let lines = environment.lines();
    assert_eq!(lines[0].matches("\"_aws\"").count(), 1);
    let document = &documents(&environment)[0];
    assert_eq!(
        (&document["a"], &document["b"], &document["service"]),
        (&json!("dimension"), &json!(1), &json!("orders"))
    );
    assert_eq!(environment.warnings().len(), 4, "{:?}", environment.warnings());
}

#[test]
fn what_does_not_fit_one_document_is_split_into_the_fewest() {
    let environment = environment();
    let metrics = builder(&environment).cold_start(false).build();
    invoke(&metrics, || {
        for number in 0..150 {
            metrics::add(format!("metric {number}"), Unit::Count, number);
        }
        for number in 0..250 {
            metrics::add("many", Unit::Count, number);
        }
        metrics::add_metadata("id", 7);
    });
    let documents = documents(&environment);
    assert_eq!(documents.len(), 3, "`many` alone needs three");
    let mut sum = 0.0;
    for document in &documents {
        assert_eq!((&document["id"], &document["service"]), (&json!(7), &json!("orders")));
        let definitions = document["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap();
        assert!(definitions.len() <= 100);
        for definition in definitions {
            let value = &document[definition["Name"].as_str().unwrap()];
            match value.as_array() {
                Some(values) => {
                    assert!((2..=100).contains(&values.len()));
                    sum += values.iter().map(|value| value.as_f64().unwrap()).sum::<f64>();
                }
                None => sum += value.as_f64().unwrap(),
            }
        }
    }
    let expected = (0..150).chain(0..250).map(f64::from).sum::<f64>();
    assert!((sum - expected).abs() < f64::EPSILON, "{sum} of {expected}");
}

#[test]
fn a_document_longer_than_a_line_is_as_few_lines_as_hold_it() {
    let environment = environment();
    let metrics = builder(&environment).cold_start(false).build();
    // An escaped name is twice as long.
    let name = |number: u32| format!("{number:\"<255}");
    invoke(&metrics, || {
        for number in 0..9_900_u32 {
            metrics::add(name(number % 99), Unit::Count, 1.0 / 3.0 + f64::from(number));
        }
    });
    let lines = environment.lines();
    let bytes: usize = lines.iter().map(String::len).sum();
    assert_eq!((lines.len(), bytes / (256 * 1_024)), (2, 1));
    let values: usize = documents(&environment)
        .iter()
        .map(|document| {
            let values = (0..99).filter_map(|number| document[&name(number)].as_array());
            values.map(Vec::len).sum::<usize>()
        })
        .sum();
    assert_eq!(values, 9_900);
}

#[test]
fn many_values_are_written_before_the_end_so_that_memory_stays_bounded() {
    let environment = environment();
    let metrics = builder(&environment).cold_start(false).build();
    invoke(&metrics, || {
        for _ in 0..10_000 {
            metrics::add("many", Unit::Count, 1);
        }
        assert!(!environment.lines().is_empty());
    });
    assert_eq!(documents(&environment).len(), 100);
}

#[test]
fn without_a_namespace_there_is_the_default_and_one_warning() {
    let environment = TestEnvironment::new();
    let metrics = builder(&environment).cold_start(false).build();
    assert!(environment.warnings().is_empty(), "no metrics, no warning");
    for _ in 0..2 {
        invoke(&metrics, || metrics::add("Orders", Unit::Count, 1));
    }
    let documents = documents(&environment);
    assert_eq!(
        documents[0]["_aws"]["CloudWatchMetrics"],
        json!([{"Namespace": "default_namespace", "Dimensions": [[]], "Metrics": [{"Name": "Orders", "Unit": "Count"}]}])
    );
    assert_eq!(environment.warnings().len(), 1);
}

#[test]
fn disabled_metrics_keep_and_print_nothing() {
    for variables in [
        &[("POWERTOOLS_METRICS_DISABLED", "true")][..],
        &[("POWERTOOLS_DEV", "1")],
        &[("POWERTOOLS_DEV", "1"), ("POWERTOOLS_METRICS_DISABLED", "yes")],
    ] {
        let environment = variables.iter().fold(environment(), |environment, (name, value)| {
            environment.var(*name, *value)
        });
        let metrics = builder(&environment).build();
        invoke(&metrics, || (0..20_000).for_each(|_| metrics::add("a", Unit::Count, 1)));
        assert!(environment.lines().is_empty(), "{variables:?}");
    }
    let environment = environment()
        .var("POWERTOOLS_DEV", "1")
        .var("POWERTOOLS_METRICS_DISABLED", "false");
    invoke(&builder(&environment).build(), || metrics::add("a", Unit::Count, 1));
    assert_eq!(documents(&environment).len(), 1);
}

#[test]
fn a_line_passes_a_log_level_above_info() {
    let environment = environment()
        .var("AWS_LAMBDA_LOG_FORMAT", "JSON")
        .var("AWS_LAMBDA_LOG_LEVEL", "ERROR");
    let metrics = builder(&environment).cold_start(false).build();
    invoke(&metrics, || {
        metrics::add("Orders", Unit::Count, 1);
        metrics::add("level", Unit::Count, 1);
    });
    let document = &documents(&environment)[0];
    assert_eq!(
        (&document["level"], &document["timestamp"]),
        (&json!("ERROR"), &json!("2026-01-15T10:30:00.125Z"))
    );
}

#[test]
fn the_readme_shows_what_is_written() {
    let environment = environment();
    let metrics = builder(&environment).build();
    invoke(&metrics, || {
        metrics::add_metadata("request_id", &context().request_id);
        for price in [12, 30] {
            metrics::add("OrdersPlaced", Unit::Count, 1);
            metrics::add("Price", Unit::None, price);
        }
    });
    let written = environment.lines().join("\n");
    guide_check::check(
        "crates/metrics/README.md",
        include_str!("../../README.md"),
        "",
        |readme| {
            readme.left_out("[dependencies]", "they are a manifest, not code");
            readme.left_out(
                "use lambda_runtime::",
                "a documentation test compiles it, and this test adds the same metrics",
            );
            readme.output_below(1, "json", &written);
        },
    );
}
