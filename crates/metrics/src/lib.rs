#![doc = include_str!("../README.md")]

mod current;
mod document;
mod emf;
mod hook;
mod metrics;
mod name;
mod number;
mod state;
mod store;
mod unit;

pub use current::{add, add_with_resolution, dimension, metadata};
pub use metrics::{Metrics, MetricsBuilder};
pub use name::MetricName;
pub use number::Number;
pub use unit::{Resolution, Unit};
