#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod attributes;
#[cfg(feature = "cloudwatch")]
mod cloudwatch;
mod convert;
mod emitter;
mod exporting;
mod open_telemetry;
#[cfg(feature = "otlp")]
mod otlp;
mod parts;
mod propagation;
mod queue;
mod resource;
mod sampler;
mod size;
mod traceparent;
mod variables;

pub use open_telemetry::{OpenTelemetry, OpenTelemetryBuilder};
pub use traceparent::traceparent;

// Not for doctests: a test runs the blocks and compares their output.
#[cfg(not(doctest))]
#[doc = include_str!("../docs/guide.md")]
pub mod _guide {}
