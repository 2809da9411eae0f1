//! Metrics with a test environment, and checks of every line against the format.

#![allow(dead_code, unreachable_pub)] // each test file uses a part

pub mod emf;

use std::sync::atomic::{AtomicU64, Ordering};

use lambda_runtime::{Error, LambdaInvocation};
use powertools_lambda_core::test_util::{TestEnvironment, context, request};
use powertools_lambda_metrics::{Metrics, MetricsBuilder};
use serde_json::Value;
use tower::{ServiceExt, service_fn};
use tower_layer::Layer;

pub fn environment() -> TestEnvironment {
    TestEnvironment::new()
        .var("POWERTOOLS_SERVICE_NAME", "orders")
        .var("POWERTOOLS_METRICS_NAMESPACE", "Shop")
}

pub fn builder(environment: &TestEnvironment) -> MetricsBuilder {
    Metrics::builder().environment(environment)
}

/// Returns metrics with this environment, without the cold start.
pub fn metrics(environment: &TestEnvironment) -> Metrics {
    builder(environment).cold_start(false).build()
}

/// Runs `f` as an invocation of these metrics.
pub fn invoke(metrics: &Metrics, f: impl FnOnce()) {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let mut f = Some(f);
    let service = service_fn(move |_: LambdaInvocation| {
        f.take().unwrap()();
        std::future::ready(Ok::<_, Error>(()))
    });
    let mut context = context();
    context.request_id = format!("request {}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let future = metrics.invocation_layer().layer(service).oneshot(request(context, ""));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(future).unwrap();
}

/// Takes and checks the documents written since the last call, and leaves out the cold start.
pub fn documents(environment: &TestEnvironment) -> Vec<Value> {
    let lines = environment.take_lines();
    let documents = lines.iter().map(|line| emf::check(line));
    documents
        .filter(|document| document.get("ColdStart").is_none())
        .collect()
}

/// Returns the sets of dimensions of a document.
pub fn sets(document: &Value) -> &Value {
    &document["_aws"]["CloudWatchMetrics"][0]["Dimensions"]
}
