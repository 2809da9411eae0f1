#![doc = include_str!("../README.md")]

mod error;
mod powertools;
mod run;

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
#[cfg(feature = "tracer")]
pub use powertools_lambda_tracer as tracer;

pub use error::InitError;
pub use powertools::{Powertools, PowertoolsBuilder};
