#![doc = include_str!("../README.md")]

mod builder;
mod current;
mod dimensions;
mod document;
mod emf;
#[cfg(feature = "metrique")]
mod entry;
mod error;
#[cfg(feature = "metrics-rs")]
mod facade;
mod hook;
mod members;
mod metadata;
mod metrics;
mod name;
mod number;
mod problem;
mod shared;
mod single;
mod split;
mod state;
mod store;
mod unit;

pub use builder::MetricsBuilder;
pub use current::{add, add_with_resolution, dimension, dimension_set, metadata, single, timestamp};
#[cfg(feature = "metrique")]
pub use entry::EntrySink;
pub use error::EmptyError;
#[cfg(feature = "metrics-rs")]
pub use facade::{InstallError, Recorder};
pub use metrics::Metrics;
pub use name::MetricName;
pub use number::Number;
pub use single::SingleMetric;
pub use unit::{Resolution, Unit};
