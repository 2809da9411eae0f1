//! Telemetry of a fictitious shop, in the form that functions write it, with the expected facts.
#![allow(dead_code, unreachable_pub, unused_imports)] // each test uses only a part
#![allow(clippy::unwrap_used, clippy::type_complexity, clippy::needless_pass_by_value)] // test code, also used by the example

mod shop;
mod writer;

pub use shop::shop;
pub use writer::{BEGIN, Rng, Sample, Scope, SpanTruth};
