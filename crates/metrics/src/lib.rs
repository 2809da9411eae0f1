#![doc = include_str!("../README.md")]

mod builder;
mod config;
mod current;
mod document;
mod emf;
mod error;
mod limits;
mod metric;
mod metrics;
#[cfg(feature = "metrics-rs")]
mod metrics_rs;
#[cfg(feature = "metrique")]
mod metrique;
mod namespace;
mod single;
mod state;
mod utility;
mod warning;
mod writer;

pub use self::builder::MetricsBuilder;
pub use self::current::{add, add_with_resolution, dimension, dimension_set, metadata, single, timestamp};
pub use self::error::EmptyError;
pub use self::metric::{MetricName, Number, Resolution, Unit};
pub use self::metrics::Metrics;
#[cfg(feature = "metrics-rs")]
pub use self::metrics_rs::{InstallError, Recorder};
#[cfg(feature = "metrique")]
pub use self::metrique::EntrySink;
pub use self::single::SingleMetric;
