//! Telemetry of a shop that never was, in the form that functions write it, with what is true of it.
#![allow(dead_code, unreachable_pub, unused_imports)] // each test uses a part
#![allow(clippy::unwrap_used, clippy::type_complexity, clippy::needless_pass_by_value)] // a test's, like its examples'

mod shop;
mod writer;

pub use shop::shop;
pub use writer::{BEGIN, Rng, Sample, Scope, SpanTruth};
