//! Replays the recorded cases of Powertools for AWS Lambda (Python).

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

mod batch;
mod feature_flags;
mod idempotency;
mod logger;
mod metrics;
mod parameters;
