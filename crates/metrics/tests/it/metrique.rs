//! The lines of metrique's entries.

use std::time::SystemTime;

use metrique::unit_of_work::metrics as unit_of_work;
use metrique::writer::unit::Millisecond;
use metrique::writer::{
    Entry, EntrySink, EntryWriter, MetricFlags, Observation, Unit as TheirUnit, Value, ValueWriter,
};
use powertools_lambda_metrics::{self as metrics, Unit};
use serde_json::json;

use crate::common::{self, builder, documents, emf, environment, invoke, sets};

#[unit_of_work(rename_all = "PascalCase")]
struct Checkout {
    #[metrics(timestamp)]
    time: SystemTime,
    operation: &'static str,
    order: String,
    items: usize,
    #[metrics(unit = Millisecond)]
    time_taken: f64,
}

fn checkout(items: usize) -> Checkout {
    Checkout {
        time: std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_768_472_000),
        operation: "Checkout",
        order: format!("A-{items}"),
        items,
        time_taken: 12.5,
    }
}

#[test]
fn a_unit_of_work_is_a_line_of_its_invocation() {
    let environment = environment();
    let metrics = builder(&environment)
        .cold_start(false)
        .default_dimension("stage", "prod")
        .build();
    let sink = metrics.entry_sink().dimension("Operation");
    invoke(&metrics, || {
        metrics::add("Orders", Unit::Count, 1);
        for items in [2, 3] {
            let mut work = checkout(0).append_on_drop(metrique::writer::BoxEntrySink::new(sink.clone()));
            work.items = items;
        }
        assert!(environment.lines().is_empty(), "nothing is written before the response");
    });
    let documents = documents(&environment);
    assert_eq!(documents.len(), 3);
    for (document, items) in documents.iter().zip([2, 3]) {
        assert_eq!(sets(document), &json!([["Operation", "service"]]));
        assert_eq!(document["_aws"]["Timestamp"], 1_768_472_000_000_u64);
        assert_eq!(
            (
                &document["Operation"],
                &document["Order"],
                &document["Items"],
                &document["TimeTaken"]
            ),
            (&json!("Checkout"), &json!("A-0"), &json!(items), &json!(12.5))
        );
        assert_eq!(
            document["_aws"]["CloudWatchMetrics"][0]["Metrics"],
            json!([{"Name": "Items", "Unit": "None"}, {"Name": "TimeTaken", "Unit": "Milliseconds"}])
        );
    }
    assert!(environment.warnings().is_empty(), "{:?}", environment.warnings());
}

/// An entry with observations, or one that panics.
struct Raw(Vec<Observation>);

impl Value for Raw {
    fn write(&self, writer: impl ValueWriter) {
        writer.metric(
            self.0.iter().copied(),
            TheirUnit::Count,
            [("table", "orders")],
            MetricFlags::empty(),
        );
    }
}

impl Entry for Raw {
    fn write<'a>(&'a self, writer: &mut impl EntryWriter<'a>) {
        assert!(!self.0.is_empty(), "an entry without values");
        writer.value("Rows", self);
    }
}

#[test]
fn observations_keep_their_sum_and_dimensions() {
    let environment = environment();
    let metrics = common::metrics(&environment);
    let repeated = |total, occurrences| Observation::Repeated { total, occurrences };
    metrics.entry_sink().append(Raw(vec![
        Observation::Unsigned(1),
        Observation::Floating(2.5),
        repeated(6.0, 3),
        repeated(9.0, 0),
        repeated(9_000.0, 9_000),
        Observation::Floating(f64::NAN),
    ]));
    metrics.flush();
    let documents = documents(&environment);
    assert_eq!(sets(&documents[0]), &json!([["table", "service"]]));
    assert_eq!(emf::values(&documents)["Rows"], [1.0, 2.5, 2.0, 2.0, 2.0, 9_000.0]);
    let warnings = environment.warnings();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0].contains("is written once, as the sum"), "{warnings:?}");
}

/// A value with a unit of its own.
struct InUnit(TheirUnit);

impl Value for InUnit {
    fn write(&self, writer: impl ValueWriter) {
        writer.metric([Observation::Unsigned(1)], self.0, [], MetricFlags::empty());
    }
}

impl Entry for InUnit {
    fn write<'a>(&'a self, writer: &mut impl EntryWriter<'a>) {
        writer.value("Value", self);
    }
}

#[test]
fn a_custom_unit_is_cloudwatchs_or_left_out_with_one_warning() {
    for (unit, expected, warnings) in [
        (TheirUnit::Custom("Count/Second"), "Count/Second", 0),
        (TheirUnit::None, "None", 0),
        (TheirUnit::Custom("Parsecs"), "None", 1),
    ] {
        let environment = environment();
        let metrics = common::metrics(&environment);
        for _ in 0..2 {
            metrics.entry_sink().append(InUnit(unit));
        }
        metrics.flush();
        let document = &documents(&environment)[0];
        assert_eq!(document["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Unit"], expected);
        assert_eq!(environment.warnings().len(), warnings, "{:?}", environment.warnings());
    }
}

#[test]
fn an_entry_that_panics_costs_one_warning() {
    let environment = environment();
    let metrics = common::metrics(&environment);
    for _ in 0..2 {
        metrics.entry_sink().append(Raw(Vec::new()));
    }
    metrics.flush();
    assert!(environment.lines().is_empty());
    assert_eq!(
        environment.warnings(),
        ["a metrique entry panicked while it was written and is dropped"]
    );
}

#[test]
fn flushing_the_sink_writes_at_once() {
    let environment = environment();
    let metrics = common::metrics(&environment);
    let sink = metrics.entry_sink();
    sink.append(Raw(vec![Observation::Unsigned(1)]));
    assert!(environment.lines().is_empty());
    drop(EntrySink::<Raw>::flush_async(&sink));
    assert_eq!(documents(&environment).len(), 1);
}
