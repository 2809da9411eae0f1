//! Batches of every source; what owns the process has a binary of its own beside this one.

#![cfg(all(feature = "dynamodb", feature = "kafka", feature = "kinesis", feature = "sqs"))]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

mod concurrency;
mod deadline;
mod policies;
mod services;
mod sqs;
mod streams;
#[cfg(feature = "sqs-backoff")]
mod visibility;
