#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
mod config;
mod current;
mod current_metrics;
mod document;
mod emf;
mod error;
mod limits;
mod metric;
mod metrics;
#[cfg(feature = "facade")]
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
pub use self::current::{
    add, add_dimension, add_dimension_set, add_metadata, add_with_resolution, set_timestamp, single_metric,
};
pub use self::current_metrics::CurrentMetrics;
pub use self::error::NoMetricsError;
pub use self::metric::{MetricName, Number, Resolution, Unit};
pub use self::metrics::Metrics;
#[cfg(feature = "facade")]
pub use self::metrics_rs::Recorder;
#[cfg(feature = "metrique")]
pub use self::metrique::EntrySink;
pub use self::single::SingleMetric;
#[cfg(feature = "facade")]
#[doc(no_inline)]
pub use powertools_lambda_core::InitError;

// Not for doctests: a test runs the blocks and compares their output.
#[cfg(not(doctest))]
#[doc = include_str!("../docs/guide.md")]
pub mod _guide {}
