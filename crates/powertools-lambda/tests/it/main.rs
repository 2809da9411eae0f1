//! Tests of the utilities together. A test that owns something of the process has its own binary next to this one.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[cfg(all(feature = "logger", feature = "metrics", feature = "tracer"))]
mod composition;
#[cfg(all(
    feature = "http-api-axum",
    feature = "logger",
    feature = "metrics",
    feature = "tracer",
    feature = "test-util"
))]
mod http_api;
#[cfg(all(
    feature = "batch-sqs",
    feature = "idempotency",
    feature = "logger",
    feature = "metrics",
    feature = "tracer",
    feature = "test-util"
))]
mod idempotent_batch;
#[cfg(all(feature = "logger", feature = "metrics", feature = "tracer", feature = "test-util"))]
mod readme;
#[cfg(all(feature = "logger", feature = "metrics", feature = "tracer"))]
mod restore;
#[cfg(all(feature = "logger", feature = "tracer"))]
mod telemetry_layer;
#[cfg(all(
    feature = "logger",
    feature = "metrics",
    feature = "tracer",
    feature = "parameters",
    feature = "test-util"
))]
mod test_function;
