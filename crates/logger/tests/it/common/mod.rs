//! Helpers that the logger's tests share.

#![allow(dead_code)] // each test uses a part

use powertools_lambda_core::Invocation;
use powertools_lambda_core::test_util::{TestEnvironment, context};
use powertools_lambda_logger::{Logger, LoggerBuilder};
use serde_json::Value;
use tracing_subscriber::layer::SubscriberExt;

pub(crate) const TRACE: &str = "1-5759e988-bd862e3fe1be46a994272793";

/// Returns an environment of the service `orders`.
pub(crate) fn environment() -> TestEnvironment {
    TestEnvironment::new().var("POWERTOOLS_SERVICE_NAME", "orders")
}

/// Returns a builder with `environment`.
pub(crate) fn builder(environment: &TestEnvironment) -> LoggerBuilder {
    Logger::builder().environment(environment)
}

/// Returns an invocation with a trace.
pub(crate) fn invocation(environment: &TestEnvironment) -> Invocation {
    let mut context = context();
    context.xray_trace_id = Some(format!("Root={TRACE};Parent=53995c3f42cd8ad8;Sampled=0"));
    Invocation::new(context, environment.environment())
}

/// Runs `f` with the logger as the subscriber and returns the records written.
pub(crate) fn recorded(environment: &TestEnvironment, logger: &Logger, f: impl FnOnce()) -> Vec<Value> {
    let subscriber = tracing_subscriber::registry().with(logger.subscriber_layer());
    tracing::subscriber::with_default(subscriber, f);
    records(environment)
}

/// Takes the records written so far.
pub(crate) fn records(environment: &TestEnvironment) -> Vec<Value> {
    let parse = |line: &String| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    environment.take_lines().iter().map(parse).collect()
}

/// Returns the messages of records.
pub(crate) fn messages(records: &[Value]) -> Vec<&str> {
    records
        .iter()
        .map(|record| record["message"].as_str().unwrap())
        .collect()
}
