//! The guide's examples, and that the guide shows what they write.

#![cfg(feature = "metrics-rs")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::time::{Duration, UNIX_EPOCH};

use powertools_lambda_core::test_util::TestHost;
use powertools_lambda_metrics::{self as metrics, MetricName, Metrics, MetricsBuilder, Resolution, Unit};
use serde_json::json;

use crate::common::{builder, host, invoke};

const GUIDE: &str = include_str!("../../../docs/metrics.md");
const HERE: &str = include_str!("guide.rs");

fn values() {
    const ORDERS_PLACED: MetricName = MetricName::new("OrdersPlaced");

    metrics::add(ORDERS_PLACED, Unit::Count, 1);
    metrics::add("Amount", Unit::None, 49.9);
    metrics::add("Latency", Unit::Milliseconds, 12.5);
    metrics::add("Latency", Unit::Milliseconds, 7);
    metrics::add_with_resolution("QueueDepth", Unit::Count, 3, Resolution::High);
}

fn dimensions() {
    metrics::dimension("tenant", "acme");
    metrics::dimension_set(&[("region", "eu-west-1")]);
    metrics::dimension_set(&[("region", "eu-west-1"), ("plan", "gold")]);
    metrics::add("OrdersPlaced", Unit::Count, 1);
}

fn with_defaults(builder: MetricsBuilder) -> Metrics {
    builder.default_dimension("stage", "prod").build()
}

fn metadata() {
    metrics::metadata("order", json!({"id": "A-1", "items": 2}));
    metrics::timestamp(UNIX_EPOCH + Duration::from_secs(1_768_400_000));
    metrics::add("OrdersPlaced", Unit::Count, 1);
}

fn one_off() {
    metrics::single("Refund", Unit::Count, 1)
        .dimension("reason", "damaged")
        .namespace("Returns")
        .emit();
}

fn in_two_namespaces(audit: &Metrics) {
    metrics::add("OrdersPlaced", Unit::Count, 1);
    audit.add("Logins", Unit::Count, 1);
}

fn in_a_library() {
    metrics_rs::counter!("db.queries").increment(1);
    metrics_rs::counter!("db.queries").increment(1);
    metrics_rs::gauge!("db.pool").set(8);
    metrics_rs::histogram!("db.time", "table" => "orders").record(1.5);
}

fn mistakes() {
    metrics::add("", Unit::Count, 1);
    metrics::add("Ratio", Unit::Percent, f64::NAN);
    metrics::add("Latency", Unit::Milliseconds, 12);
    metrics::add("Latency", Unit::Seconds, 3);
    metrics::dimension("tenant", " ");
    metrics::metadata("Latency", "slow");
}

#[test]
fn the_guide_shows_what_is_written() {
    let (plain, filtered) = (
        host(),
        host()
            .var("AWS_LAMBDA_LOG_FORMAT", "JSON")
            .var("AWS_LAMBDA_LOG_LEVEL", "WARN"),
    );
    let mut lines = Vec::new();
    let mut run = |host: &TestHost, metrics: &Metrics, example: &dyn Fn()| {
        invoke(metrics, example);
        lines.extend(host.take_lines());
    };
    let quiet = || builder(&plain).cold_start(false);
    let metrics = quiet().build();
    run(&plain, &metrics, &values);
    run(&plain, &metrics, &dimensions);
    run(&plain, &with_defaults(quiet()), &|| {
        metrics::add("OrdersPlaced", Unit::Count, 1);
    });
    run(&plain, &metrics, &metadata);
    run(&plain, &metrics, &one_off);
    let audit = builder(&plain).namespace("Audit").build();
    run(&plain, &metrics, &|| in_two_namespaces(&audit));
    let fresh = host();
    run(&fresh, &builder(&fresh).build(), &|| ());
    run(&filtered, &common::metrics(&filtered), &|| {
        metrics::add("OrdersPlaced", Unit::Count, 1);
    });
    let recorder = metrics.recorder();
    run(&plain, &metrics, &|| {
        metrics_rs::with_local_recorder(&recorder, in_a_library);
    });
    run(&plain, &metrics, &mistakes);
    assert_eq!(blocks("json"), lines);
    assert_eq!(blocks("text"), plain.warnings());
}

#[test]
fn the_guides_code_is_run_here() {
    for block in GUIDE.split("```rust\n").skip(1) {
        let code = block.split("```").next().unwrap();
        assert!(HERE.contains(code), "the guide's code is another:\n{code}");
    }
}

/// Returns the lines of the guide's blocks in this language.
fn blocks(language: &str) -> Vec<&'static str> {
    let start = format!("```{language}\n");
    let blocks: Vec<&str> = GUIDE.split(&start).skip(1).collect();
    let lines = blocks
        .into_iter()
        .flat_map(|block| block.split("```").next().unwrap().lines());
    lines.collect()
}
