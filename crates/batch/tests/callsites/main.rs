//! Tests that need their own process: `tracing` caches per process whether a subscriber wants an event, and a test
//! without a subscriber could be the first to fill that cache.

#![cfg(all(feature = "dynamodb", feature = "kafka", feature = "kinesis", feature = "sqs"))]
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../it/common/mod.rs"]
mod common;

mod readme;
mod telemetry;
