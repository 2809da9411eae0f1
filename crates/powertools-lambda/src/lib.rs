#![doc = include_str!("../README.md")]

mod error;
mod powertools;
mod resources;
mod restore;
mod run;
mod shutdown;
#[cfg(all(feature = "logger", feature = "tracer"))]
mod subscriber_layer;

#[cfg(any(
    feature = "batch-sqs",
    feature = "batch-kinesis",
    feature = "batch-dynamodb",
    feature = "batch-kafka"
))]
pub use powertools_lambda_batch as batch;
pub use powertools_lambda_core as core;
#[cfg(feature = "logger")]
pub use powertools_lambda_logger as logger;
#[cfg(feature = "metrics")]
pub use powertools_lambda_metrics as metrics;
#[cfg(any(
    feature = "parameters-ssm",
    feature = "parameters-secrets",
    feature = "parameters-dynamodb",
    feature = "parameters-appconfig",
    feature = "parameters-extension",
    feature = "parameters-appconfig-agent"
))]
pub use powertools_lambda_parameters as parameters;
#[cfg(feature = "tracer")]
pub use powertools_lambda_tracer as tracer;

pub use error::InitError;
pub use powertools::{Powertools, PowertoolsBuilder};
