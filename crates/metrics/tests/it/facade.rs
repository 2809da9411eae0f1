//! Metrics that libraries record through the `metrics` facade.

use metrics_rs::{
    Unit as FacadeUnit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
    with_local_recorder,
};
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
fn a_value_recorded_very_often_at_once_is_bounded_with_one_warning() {
    let environment = environment();
    let metrics = common::metrics(&environment);
    with_local_recorder(&metrics.recorder(), || {
        invoke(&metrics, || {
            histogram!("few").record_many(1.5, 3);
            histogram!("none").record_many(1.5, 0);
            histogram!("many").record_many(2.0, usize::MAX);
            histogram!("many").record_many(2.0, usize::MAX);
        });
    });
    let values = common::emf::values(&documents(&environment));
    assert_eq!(values["few"], [1.5, 1.5, 1.5]);
    assert_eq!((values["many"].len(), values.len()), (20_000, 2));
    assert_eq!(
        environment.warnings(),
        ["a value of metric \"many\" was recorded too often at once: it is written 10,000 times"]
    );
}

#[test]
fn every_unit_of_the_facade_becomes_one_of_cloudwatch() {
    const KIB: f64 = 1_024.0;
    let expected = [
        (FacadeUnit::Count, "Count", 1.0),
        (FacadeUnit::Percent, "Percent", 1.0),
        (FacadeUnit::Seconds, "Seconds", 1.0),
        (FacadeUnit::Milliseconds, "Milliseconds", 1.0),
        (FacadeUnit::Microseconds, "Microseconds", 1.0),
        (FacadeUnit::Nanoseconds, "Microseconds", 0.001),
        (FacadeUnit::Tebibytes, "Bytes", KIB * KIB * KIB * KIB),
        (FacadeUnit::Gibibytes, "Bytes", KIB * KIB * KIB),
        (FacadeUnit::Mebibytes, "Bytes", KIB * KIB),
        (FacadeUnit::Kibibytes, "Bytes", KIB),
        (FacadeUnit::Bytes, "Bytes", 1.0),
        (FacadeUnit::TerabitsPerSecond, "Terabits/Second", 1.0),
        (FacadeUnit::GigabitsPerSecond, "Gigabits/Second", 1.0),
        (FacadeUnit::MegabitsPerSecond, "Megabits/Second", 1.0),
        (FacadeUnit::KilobitsPerSecond, "Kilobits/Second", 1.0),
        (FacadeUnit::BitsPerSecond, "Bits/Second", 1.0),
        (FacadeUnit::CountPerSecond, "Count/Second", 1.0),
    ];
    for (unit, name, factor) in expected {
        let environment = environment();
        let metrics = common::metrics(&environment);
        with_local_recorder(&metrics.recorder(), || {
            describe_counter!("counter", unit, "");
            describe_gauge!("gauge", unit, "");
            describe_histogram!("histogram", unit, "");
            invoke(&metrics, || {
                counter!("counter").increment(4);
                gauge!("gauge").set(4);
                histogram!("histogram").record(4);
            });
        });
        let document = &documents(&environment)[0];
        for definition in definitions(document).as_array().unwrap() {
            assert_eq!(definition["Unit"], name);
            let value = document[definition["Name"].as_str().unwrap()].as_f64().unwrap();
            assert!((value - 4.0 * factor).abs() < 1e-9, "{unit:?}: {value}");
        }
    }
}

#[test]
fn a_duration_is_a_number_of_seconds() {
    let environment = environment();
    let metrics = common::metrics(&environment);
    with_local_recorder(&metrics.recorder(), || {
        describe_histogram!("time", FacadeUnit::Seconds, "");
        invoke(&metrics, || {
            histogram!("time").record(std::time::Duration::from_millis(250));
        });
    });
    let document = &documents(&environment)[0];
    assert_eq!(definitions(document)[0]["Unit"], "Seconds");
    assert_eq!(document["time"], 0.25);
}

#[test]
fn outside_an_invocation_they_go_to_the_process_document() {
    let environment = environment();
    let metrics = common::metrics(&environment);
    with_local_recorder(&metrics.recorder(), || counter!("started").increment(1));
    metrics.flush();
    assert_eq!(documents(&environment)[0]["started"], 1);
}
