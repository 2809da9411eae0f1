//! Metrics that libraries record through the `metrics` facade.

use metrics_rs::{Unit as FacadeUnit, counter, describe_histogram, gauge, histogram, with_local_recorder};
use powertools_lambda_metrics::{self as metrics, Unit};
use serde_json::{Value, json};

use crate::common::{self, documents, environment, invoke, sets};

fn definitions(document: &Value) -> &Value {
    &document["_aws"]["CloudWatchMetrics"][0]["Metrics"]
}

#[test]
fn counters_gauges_and_histograms_land_in_the_invocations_document() {
    let environment = environment();
    let metrics = common::metrics(&environment);
    with_local_recorder(&metrics.recorder(), || {
        describe_histogram!("db.time", FacadeUnit::Nanoseconds, "how long the database took");
        for _ in 0..2 {
            invoke(&metrics, || {
                metrics::add("Orders", Unit::Count, 1);
                metrics::add_dimension("tenant", "acme");
                for _ in 0..250 {
                    counter!("db.queries").increment(2);
                }
                counter!("db.bytes").absolute(100);
                counter!("db.bytes").absolute(40);
                gauge!("pool.size").increment(3.0);
                gauge!("pool.size").decrement(1.0);
                histogram!("db.time").record(1_500.0);
                histogram!("db.time").record(2_500.0);
            });
        }
    });
    let documents = documents(&environment);
    assert_eq!(documents.len(), 2);
    assert_eq!(
        definitions(&documents[0]),
        &json!([
            {"Name": "Orders", "Unit": "Count"},
            {"Name": "db.queries", "Unit": "Count"},
            {"Name": "db.bytes", "Unit": "Count"},
            {"Name": "pool.size", "Unit": "None"},
            {"Name": "db.time", "Unit": "Microseconds"},
        ])
    );
    let of = |document: &Value| {
        let names = ["db.queries", "db.bytes", "pool.size", "db.time"];
        names.map(|name| document[name].clone())
    };
    assert_eq!(of(&documents[0]), [json!(500), json!(100), json!(2), json!([1.5, 2.5])]);
    assert_eq!(
        of(&documents[1]),
        [json!(500), Value::Null, json!(4), json!([1.5, 2.5])],
        "counters begin anew, gauges and absolute counters go on"
    );
    assert!(documents.iter().all(|document| document["tenant"] == "acme"));
}

#[test]
fn each_combination_of_labels_is_a_line_with_these_dimensions() {
    let environment = environment();
    let metrics = common::metrics(&environment);
    with_local_recorder(&metrics.recorder(), || {
        invoke(&metrics, || {
            metrics::add_dimension("tenant", "acme");
            metrics::add_metadata("id", 7);
            metrics::add_dimension_set(&[("region", "eu-west-1")]);
            for status in ["200", "500", "200"] {
                counter!("responses", "status" => status).increment(1);
                histogram!("time", "status" => status).record(5.0);
            }
            counter!("responses", "tenant" => "other", "" => "refused").increment(1);
        });
    });
    let documents = documents(&environment);
    let seen: Vec<Value> = documents
        .iter()
        .map(|document| {
            json!([
                sets(document),
                document["status"],
                document["tenant"],
                document["responses"],
                document["time"],
                document["id"]
            ])
        })
        .collect();
    let by_status = json!([["tenant", "status", "service"], ["region", "status"]]);
    assert_eq!(
        seen,
        [
            json!([by_status, "200", "acme", 2, [5, 5], 7]),
            json!([by_status, "500", "acme", 1, 5, 7]),
            json!([[["tenant", "service"], ["region", "tenant"]], null, "other", 1, null, 7]),
        ]
    );
    assert_eq!(environment.warnings().len(), 1, "{:?}", environment.warnings());
}

#[test]
fn a_function_that_invents_names_and_labels_loses_nothing() {
    let environment = environment();
    let metrics = common::metrics(&environment);
    with_local_recorder(&metrics.recorder(), || {
        for round in 0..3 {
            invoke(&metrics, || {
                for number in 0..700 {
                    counter!(format!("invented {round} {number}")).increment(1);
                    counter!("labelled", "number" => format!("{round} {number}")).increment(1);
                }
            });
        }
    });
    let values = common::emf::values(&documents(&environment));
    assert_eq!(values["labelled"].len(), 2_100);
    assert_eq!(values.len(), 2_101);
}

#[test]
fn outside_an_invocation_they_go_to_the_process_document() {
    let environment = environment();
    let metrics = common::metrics(&environment);
    with_local_recorder(&metrics.recorder(), || counter!("started").increment(1));
    metrics.flush();
    assert_eq!(documents(&environment)[0]["started"], 1);
}
