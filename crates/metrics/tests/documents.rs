//! What an invocation's metrics become.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use lambda_runtime::{Context, Error, LambdaInvocation};
use powertools_lambda_core::test_util::{TestHost, context, request};
use powertools_lambda_core::{Invocation, InvocationExt};
use powertools_lambda_metrics::{self as metrics, MetricName, Metrics, MetricsBuilder, Resolution, Unit};
use serde_json::{Value, json};
use tower::{ServiceExt, service_fn};
use tower_layer::Layer;

fn host() -> TestHost {
    TestHost::new()
        .var("POWERTOOLS_SERVICE_NAME", "orders")
        .var("POWERTOOLS_METRICS_NAMESPACE", "Shop")
}

fn builder(host: &TestHost) -> MetricsBuilder {
    Metrics::builder().host(host.host().clone())
}

/// Runs `f` as an invocation of these metrics.
fn invoke(metrics: &Metrics, f: impl FnOnce()) {
    let mut f = Some(f);
    let service = service_fn(move |_: LambdaInvocation| {
        f.take().unwrap()();
        std::future::ready(Ok::<_, Error>(()))
    });
    let future = metrics.layer().layer(service).oneshot(request(context(), ""));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(future).unwrap();
}

/// Returns the documents written since the last call, the cold start's left out.
fn documents(host: &TestHost) -> Vec<Value> {
    let lines = host.take_lines();
    let documents = lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
    documents
        .filter(|document| document.get("ColdStart").is_none())
        .collect()
}

#[test]
fn an_invocation_is_one_line_with_scalars_and_arrays() {
    let host = host();
    let metrics = builder(&host).cold_start(false).build();
    invoke(&metrics, || {
        metrics::add("Orders", Unit::Count, 1);
        metrics::add("Time", Unit::Milliseconds, 12.5);
        metrics::add("Orders", Unit::Count, 2_u8);
        metrics::add_with_resolution("Depth", Unit::Percent, 99_i64, Resolution::High);
        metrics::metadata("order", json!({"id": "A-1"}));
        metrics::dimension("tenant", "acme");
        assert!(host.lines().is_empty(), "nothing is written before the response");
    });
    assert_eq!(
        host.lines(),
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
    let host = host();
    let metrics = builder(&host).cold_start(false).build();
    invoke(&metrics, || {
        metrics::add("Orders", Unit::Count, 1);
        metrics::dimension("tenant", "acme");
        metrics::metadata("id", 1);
    });
    documents(&host);
    invoke(&metrics, || {});
    assert!(host.lines().is_empty(), "an invocation without metrics writes nothing");
    invoke(&metrics, || metrics::add("Others", Unit::Bytes, 3));
    let document = &documents(&host)[0];
    assert_eq!(document["Others"], 3);
    for left in ["Orders", "tenant", "id"] {
        assert!(document.get(left).is_none(), "{document}");
    }
}

#[test]
fn the_cold_start_is_written_once_with_the_functions_name() {
    let host = host();
    let metrics = builder(&host).build();
    invoke(&metrics, || {});
    invoke(&metrics, || {});
    let lines = host.lines();
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
fn what_is_wrong_costs_one_warning_and_nothing_else() {
    const CHECKED: MetricName = MetricName::new("Checked");
    let host = host();
    let metrics = builder(&host).cold_start(false).build();
    invoke(&metrics, || {
        for _ in 0..3 {
            metrics::add("", Unit::Count, 1);
            metrics::add("Nan", Unit::Count, f64::NAN);
            metrics::add("Nan", Unit::Count, f64::INFINITY);
            metrics::add(CHECKED, Unit::Count, 1);
            metrics::add(CHECKED, Unit::Seconds, 1);
            metrics::dimension(" ", "blank");
        }
    });
    let documents = documents(&host);
    assert_eq!(documents[0]["Checked"], json!([1, 1, 1, 1, 1, 1]));
    assert_eq!(
        documents[0]["_aws"]["CloudWatchMetrics"][0]["Metrics"],
        json!([{"Name": "Checked", "Unit": "Count"}])
    );
    assert_eq!(host.warnings().len(), 4, "{:?}", host.warnings());
}

#[test]
fn of_equal_keys_dimension_wins_before_metric_before_metadata() {
    let host = host();
    let metrics = builder(&host).cold_start(false).build();
    invoke(&metrics, || {
        metrics::dimension("a", "dimension");
        metrics::add("a", Unit::Count, 1);
        metrics::add("b", Unit::Count, 1);
        metrics::metadata("b", "metadata");
        metrics::metadata("a", "metadata");
        metrics::metadata("_aws", "metadata");
        metrics::metadata("service", "metadata");
        metrics::add("_aws", Unit::Count, 1);
    });
    let lines = host.lines();
    assert_eq!(lines[0].matches("\"_aws\"").count(), 1);
    let document = &documents(&host)[0];
    assert_eq!(
        (&document["a"], &document["b"], &document["service"]),
        (&json!("dimension"), &json!(1), &json!("orders"))
    );
    assert_eq!(host.warnings().len(), 4, "{:?}", host.warnings());
}

#[test]
fn what_does_not_fit_one_document_is_split_into_the_fewest() {
    let host = host();
    let metrics = builder(&host).cold_start(false).build();
    invoke(&metrics, || {
        for number in 0..150 {
            metrics::add(format!("metric {number}"), Unit::Count, number);
        }
        for number in 0..250 {
            metrics::add("many", Unit::Count, number);
        }
        metrics::metadata("id", 7);
    });
    let documents = documents(&host);
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
fn no_line_is_longer_than_a_line_may_be() {
    let host = host();
    let metrics = builder(&host).cold_start(false).build();
    let name = |number: usize| format!("{number:0>255}");
    invoke(&metrics, || {
        for number in 0..9_900 {
            metrics::add(
                name(number % 99),
                Unit::Count,
                0.1 + 1e-17 + f64::from(u32::try_from(number).unwrap()),
            );
        }
    });
    let lines = host.lines();
    assert!(lines.len() > 1);
    assert!(lines.iter().all(|line| line.len() < 256 * 1_024));
    let values: usize = documents(&host)
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
    let host = host();
    let metrics = builder(&host).cold_start(false).build();
    invoke(&metrics, || {
        for _ in 0..10_000 {
            metrics::add("many", Unit::Count, 1);
        }
        assert!(!host.lines().is_empty());
    });
    assert_eq!(documents(&host).len(), 100);
}

#[test]
fn without_a_namespace_there_is_the_default_and_one_warning() {
    let host = TestHost::new();
    let metrics = builder(&host).cold_start(false).build();
    assert!(host.warnings().is_empty(), "no metrics, no warning");
    for _ in 0..2 {
        invoke(&metrics, || metrics::add("Orders", Unit::Count, 1));
    }
    let documents = documents(&host);
    assert_eq!(
        documents[0]["_aws"]["CloudWatchMetrics"],
        json!([{"Namespace": "default_namespace", "Dimensions": [[]], "Metrics": [{"Name": "Orders", "Unit": "Count"}]}])
    );
    assert_eq!(host.warnings().len(), 1);
}

#[test]
fn disabled_metrics_keep_and_print_nothing() {
    for variables in [
        &[("POWERTOOLS_METRICS_DISABLED", "true")][..],
        &[("POWERTOOLS_DEV", "1")],
        &[("POWERTOOLS_DEV", "1"), ("POWERTOOLS_METRICS_DISABLED", "yes")],
    ] {
        let host = variables
            .iter()
            .fold(host(), |host, (name, value)| host.var(*name, *value));
        let metrics = builder(&host).build();
        invoke(&metrics, || (0..20_000).for_each(|_| metrics::add("a", Unit::Count, 1)));
        assert!(host.lines().is_empty(), "{variables:?}");
    }
    let host = host()
        .var("POWERTOOLS_DEV", "1")
        .var("POWERTOOLS_METRICS_DISABLED", "false");
    invoke(&builder(&host).build(), || metrics::add("a", Unit::Count, 1));
    assert_eq!(documents(&host).len(), 1);
}

#[test]
fn a_line_passes_a_log_level_above_info() {
    let host = host()
        .var("AWS_LAMBDA_LOG_FORMAT", "JSON")
        .var("AWS_LAMBDA_LOG_LEVEL", "ERROR");
    let metrics = builder(&host).cold_start(false).build();
    invoke(&metrics, || {
        metrics::add("Orders", Unit::Count, 1);
        metrics::add("level", Unit::Count, 1);
    });
    let document = &documents(&host)[0];
    assert_eq!(
        (&document["level"], &document["timestamp"]),
        (&json!("ERROR"), &json!("2026-01-15T10:30:00.125Z"))
    );
}

#[test]
fn several_metrics_have_documents_of_their_own() {
    let host = host();
    let a = builder(&host).namespace("A").cold_start(false).build();
    let b = builder(&host).namespace("B").cold_start(false).build();
    let other = builder(&host).namespace("Other").cold_start(false).build();
    let service = {
        let (a, b, other) = (a.clone(), b.clone(), other.clone());
        service_fn(move |_: LambdaInvocation| {
            a.add("of a", Unit::Count, 1);
            b.add("of b", Unit::Count, 1);
            other.add("without a layer", Unit::Count, 1);
            metrics::add("free", Unit::Count, 1);
            std::future::ready(Ok::<_, Error>(()))
        })
    };
    let layered = a.layer().layer(b.layer().layer(service));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(layered.oneshot(request(context(), ""))).unwrap();
    let of = |namespace: &str, documents: &[Value]| {
        let has = |document: &&Value| document["_aws"]["CloudWatchMetrics"][0]["Namespace"] == namespace;
        documents.iter().find(has).cloned().unwrap()
    };
    let written = documents(&host);
    assert_eq!(written.len(), 2);
    assert_eq!(
        (&of("A", &written)["of a"], &of("A", &written)["free"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(of("B", &written)["of b"], 1);
    other.flush();
    assert_eq!(of("Other", &documents(&host))["without a layer"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_interleaved_invocations_count_exactly() {
    let host = host();
    let metrics = builder(&host).cold_start(false).build();
    let invocations = (0..64).map(|number| {
        let service = service_fn(move |_: LambdaInvocation| async move {
            metrics::metadata("number", number);
            let spawned = (0..4).map(|_| {
                tokio::spawn(
                    async move {
                        for _ in 0..25 {
                            metrics::add("Values", Unit::Count, number);
                            tokio::task::yield_now().await;
                        }
                    }
                    .in_invocation(),
                )
            });
            for task in spawned.collect::<Vec<_>>() {
                task.await.unwrap();
            }
            Ok::<_, Error>(())
        });
        let mut context: Context = context();
        context.request_id = format!("request {number}");
        tokio::spawn(metrics.layer().layer(service).oneshot(request(context, "")))
    });
    for invocation in invocations.collect::<Vec<_>>() {
        invocation.await.unwrap().unwrap();
    }
    let documents = documents(&host);
    assert_eq!(documents.len(), 64);
    for document in documents {
        assert_eq!(document["Values"], json!(vec![document["number"].clone(); 100]));
    }
}

#[test]
fn what_is_added_after_the_end_is_written_with_the_next_flush() {
    let host = host();
    let metrics = builder(&host).cold_start(false).build();
    let mut ended = None;
    invoke(&metrics, || ended = Invocation::current());
    ended.unwrap().in_scope(|| metrics::add("Late", Unit::Count, 1));
    assert!(host.lines().is_empty());
    invoke(&metrics, || metrics::add("Next", Unit::Count, 1));
    let documents = documents(&host);
    assert_eq!(documents.len(), 2, "{documents:?}");
    assert_eq!((&documents[0]["Next"], &documents[1]["Late"]), (&json!(1), &json!(1)));
    assert!(documents[0].get("Late").is_none());
}

#[test]
fn the_readme_shows_what_is_written() {
    let host = host();
    let metrics = builder(&host).build();
    invoke(&metrics, || {
        metrics::metadata("request_id", &context().request_id);
        for price in [12, 30] {
            metrics::add("OrdersPlaced", Unit::Count, 1);
            metrics::add("Price", Unit::None, price);
        }
    });
    for line in host.lines() {
        assert!(
            include_str!("../README.md").contains(&line),
            "not in README.md:\n{line}"
        );
    }
}
