#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
// The pages of inlined items would name the features of the crates that define them. `cargo xtask docs api` checks this list.
#![cfg_attr(docsrs, allow(unexpected_cfgs))]
#![cfg_attr(
    docsrs,
    doc(auto_cfg(hide(
        feature = "appconfig",
        feature = "appconfig-agent",
        feature = "aws-sdk",
        feature = "axum",
        feature = "cloudwatch",
        feature = "desk",
        feature = "dynamodb",
        feature = "facade",
        feature = "http",
        feature = "kafka",
        feature = "kinesis",
        feature = "log",
        feature = "metrique",
        feature = "otlp",
        feature = "otlp-grpc",
        feature = "reqwest",
        feature = "secrets",
        feature = "secrets-extension",
        feature = "sqs",
        feature = "sqs-backoff",
        feature = "ssm",
        feature = "time-zone"
    )))
)]

mod builder;
#[cfg(feature = "http-api-desk")]
mod desk;
mod diagnostic;
mod ending;
#[cfg(all(feature = "batch", feature = "idempotency"))]
pub mod idempotent_batch;
mod powertools;
mod resources;
mod restore;
mod run;
#[cfg(feature = "http-api")]
mod run_http;
mod shutdown;
#[cfg(all(feature = "logger", feature = "tracer"))]
mod subscriber_layer;
#[cfg(feature = "test-util")]
pub mod test_util;

#[doc(no_inline)]
pub use lambda_runtime;
#[cfg(feature = "batch")]
/// In the examples of this module, read `powertools_lambda_batch` as `powertools_lambda::batch`.
///
#[doc(inline)]
pub use powertools_lambda_batch as batch;
/// In the examples of this module, read `powertools_lambda_core` as `powertools_lambda::core`.
///
#[doc(inline)]
pub use powertools_lambda_core as core;
pub use powertools_lambda_core::{InitError, Invocation, InvocationExt};
#[cfg(feature = "feature-flags")]
#[doc(inline)]
pub use powertools_lambda_feature_flags as feature_flags;
#[cfg(feature = "http-api")]
/// In the examples of this module, read `powertools_lambda_http` as `powertools_lambda::http_api`.
///
#[doc(inline)]
pub use powertools_lambda_http as http_api;
#[cfg(feature = "idempotency")]
/// In the examples of this module, read `powertools_lambda_idempotency` as `powertools_lambda::idempotency`. For the records
/// of a batch, see `powertools_lambda::idempotent_batch`.
///
#[doc(inline)]
pub use powertools_lambda_idempotency as idempotency;
#[cfg(feature = "logger")]
/// In the examples of this module, read `powertools_lambda_logger` as `powertools_lambda::logger`.
///
#[doc(inline)]
pub use powertools_lambda_logger as logger;
#[cfg(feature = "metrics")]
/// In the examples of this module, read `powertools_lambda_metrics` as `powertools_lambda::metrics`.
///
#[doc(inline)]
pub use powertools_lambda_metrics as metrics;
#[cfg(feature = "opentelemetry")]
/// In the examples of this module, read `powertools_lambda_opentelemetry` as `powertools_lambda::opentelemetry`.
///
#[doc(inline)]
pub use powertools_lambda_opentelemetry as opentelemetry;
#[cfg(feature = "parameters")]
/// In the examples of this module, read `powertools_lambda_parameters` as `powertools_lambda::parameters`.
///
#[doc(inline)]
pub use powertools_lambda_parameters as parameters;
#[cfg(feature = "tracer")]
/// In the examples of this module, read `powertools_lambda_tracer` as `powertools_lambda::tracer`.
///
#[doc(inline)]
pub use powertools_lambda_tracer as tracer;

pub use builder::PowertoolsBuilder;
pub use powertools::Powertools;

/// Guides to the toolkit as a whole; the module of each utility has its own `_guide`.
// Not for doctests: tests run the blocks.
#[cfg(not(doctest))]
pub mod _guide {
    #[doc = include_str!("../docs/operations.md")]
    pub mod operations {}
    #[doc = include_str!("../docs/testing.md")]
    pub mod testing {}
}
