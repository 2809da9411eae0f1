//! What a function sends to an OpenTelemetry receiver.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

#[cfg(feature = "cloudwatch")]
mod cloudwatch;
#[cfg(feature = "cloudwatch")]
mod guide;
mod memory;
#[cfg(feature = "otlp")]
mod real_receiver;
#[cfg(feature = "otlp")]
mod receivers;
#[cfg(feature = "otlp")]
mod sizes;
