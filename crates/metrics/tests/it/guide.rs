//! The guide's examples, and a test that compares the guide with their code and output.

// example: imports
use std::time::{Duration, UNIX_EPOCH};

use powertools_lambda_metrics::{self as metrics, MetricName, Metrics, MetricsBuilder, Resolution, Unit};
use serde_json::json;
// end

use powertools_lambda_core::test_util::{TestEnvironment, context, request};
use tower::{Layer, Service};

use crate::common::{self, builder, environment, invoke};

// example: values
fn values() {
    const ORDERS_PLACED: MetricName = MetricName::new("OrdersPlaced");

    metrics::add(ORDERS_PLACED, Unit::Count, 1);
    metrics::add("Amount", Unit::None, 49.9);
    metrics::add("Latency", Unit::Milliseconds, 12.5);
    metrics::add("Latency", Unit::Milliseconds, 7);
    metrics::add_with_resolution("QueueDepth", Unit::Count, 3, Resolution::High);
}
// end

// example: dimensions
fn dimensions() {
    metrics::add_dimension("tenant", "acme");
    metrics::add_dimension_set(&[("region", "eu-west-1")]);
    metrics::add_dimension_set(&[("region", "eu-west-1"), ("plan", "gold")]);
    metrics::add("OrdersPlaced", Unit::Count, 1);
}
// end

// example: defaults
fn with_defaults(builder: MetricsBuilder) -> Metrics {
    builder.default_dimension("stage", "prod").build()
}
// end

// example: metadata
fn metadata() {
    metrics::add_metadata("order", json!({"id": "A-1", "items": 2}));
    metrics::set_timestamp(UNIX_EPOCH + Duration::from_secs(1_768_400_000));
    metrics::add("OrdersPlaced", Unit::Count, 1);
}
// end

// example: one_off
fn one_off() {
    metrics::single_metric("Refund", Unit::Count, 1)
        .dimension("reason", "damaged")
        .namespace("Returns")
        .emit();
}
// end

// example: namespaces
fn in_two_namespaces(audit: &Metrics) {
    metrics::add("OrdersPlaced", Unit::Count, 1);
    audit.current().add("Logins", Unit::Count, 1);
}
// end

// example: facade
fn in_a_library() {
    metrics_rs::counter!("db.queries").increment(1);
    metrics_rs::counter!("db.queries").increment(1);
    metrics_rs::gauge!("db.pool").set(8);
    metrics_rs::histogram!("db.time", "table" => "orders").record(1.5);
}
// end

// example: durations
fn durations(elapsed: Duration) {
    metrics_rs::describe_histogram!("db.connect", metrics_rs::Unit::Seconds, "time to connect");
    metrics_rs::histogram!("db.connect").record(elapsed);

    metrics_rs::describe_histogram!("db.query", metrics_rs::Unit::Milliseconds, "time of a query");
    metrics_rs::histogram!("db.query").record(elapsed.as_secs_f64() * 1_000.0);
}
// end

// example: mistakes
fn mistakes() {
    metrics::add("", Unit::Count, 1);
    metrics::add("Ratio", Unit::Percent, f64::NAN);
    metrics::add("Latency", Unit::Milliseconds, 12);
    metrics::add("Latency", Unit::Seconds, 3);
    metrics::add_dimension("tenant", " ");
    metrics::add_metadata("Latency", "slow");
}
// end

#[allow(clippy::unused_async)] // a handler is async
// example: testing
async fn handler() {
    metrics::add("OrdersPlaced", Unit::Count, 1);
}

#[tokio::test]
async fn an_order_is_counted() {
    let environment = TestEnvironment::new().var("POWERTOOLS_METRICS_NAMESPACE", "Shop");
    let metrics = Metrics::builder().environment(&environment).build();
    let mut function = metrics.invocation_layer().layer(tower::service_fn(async |_| {
        handler().await;
        Ok::<(), lambda_runtime::Error>(())
    }));

    function.call(request(context(), "{}")).await.unwrap();

    let lines = environment.lines().join("\n");
    assert!(lines.contains(r#""OrdersPlaced":1"#), "{lines}");
}
// end

#[test]
fn the_guide_shows_this_code_and_what_it_writes() {
    let (plain, fresh) = (environment(), environment());
    let filtered = environment()
        .var("AWS_LAMBDA_LOG_FORMAT", "JSON")
        .var("AWS_LAMBDA_LOG_LEVEL", "WARN");
    let written = |environment: &TestEnvironment, metrics: &Metrics, example: &dyn Fn()| {
        invoke(metrics, example);
        environment.take_lines().join("\n")
    };
    let quiet = || builder(&plain).cold_start(false);
    let (metrics, audit) = (quiet().build(), builder(&plain).namespace("Audit").build());
    let recorder = metrics.recorder();
    let one_order = || metrics::add("OrdersPlaced", Unit::Count, 1);
    // The guide has the paths of the umbrella crate.
    let source = include_str!("guide.rs").replace(
        "powertools_lambda_metrics::{self as metrics",
        "powertools_lambda::metrics::{self",
    );
    let text = include_str!("../../docs/guide.md");
    guide_check::check("crates/metrics/docs/guide.md", text, &source, |guide| {
        guide.code("imports");
        let examples: [(&str, Metrics, &dyn Fn()); 9] = [
            ("values", metrics.clone(), &values),
            ("dimensions", metrics.clone(), &dimensions),
            ("defaults", with_defaults(quiet()), &one_order),
            ("metadata", metrics.clone(), &metadata),
            ("one_off", metrics.clone(), &one_off),
            ("namespaces", metrics.clone(), &|| in_two_namespaces(&audit)),
            ("facade", metrics.clone(), &|| {
                metrics_rs::with_local_recorder(&recorder, in_a_library);
            }),
            ("durations", metrics.clone(), &|| {
                metrics_rs::with_local_recorder(&recorder, || durations(Duration::from_millis(250)));
            }),
            ("mistakes", metrics.clone(), &mistakes),
        ];
        for (name, metrics, example) in examples {
            guide.code(name);
            guide.output(name, "json", &written(&plain, &metrics, example));
        }
        guide.code("testing");
        guide.output("mistakes", "text", &plain.warnings().join("\n"));
        guide.output("cold_start", "json", &written(&fresh, &builder(&fresh).build(), &|| ()));
        guide.output(
            "levels",
            "json",
            &written(&filtered, &common::metrics(&filtered), &one_order),
        );
    });
}
