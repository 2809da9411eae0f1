//! What a function sends to an OpenTelemetry receiver.

#![allow(clippy::unwrap_used, clippy::expect_used)]
#![allow(clippy::similar_names)] // a receiver and what it received
#![allow(clippy::disallowed_methods)] // real receivers need the real clock

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
