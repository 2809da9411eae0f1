//! Owns the process's callsites: `tracing` remembers for the process whether anyone wants an event, and a test without a
//! subscriber may be the first to ask.

#![cfg(all(feature = "dynamodb", feature = "kafka", feature = "kinesis", feature = "sqs"))]
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../it/common/mod.rs"]
mod common;

mod readme;
mod telemetry;
