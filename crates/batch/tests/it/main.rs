//! Batches of every source. Tests that need the whole process have their own binaries.

#![cfg(all(feature = "dynamodb", feature = "kafka", feature = "kinesis", feature = "sqs"))]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

mod concurrency;
mod deadline;
mod deliveries;
mod odd_fields;
mod policies;
mod services;
mod sqs;
mod streams;
#[cfg(feature = "sqs-backoff")]
mod visibility;
