//! `NoMetricsError`, the error of a flush without metrics.

use std::error::Error;
use std::fmt;

/// The error returned by [`Metrics::try_flush`](crate::Metrics::try_flush) if there were no metrics to write.
#[derive(Debug)]
#[non_exhaustive]
pub struct NoMetricsError {}

impl NoMetricsError {
    pub(crate) fn new() -> Self {
        Self {}
    }
}

impl fmt::Display for NoMetricsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no metrics to write")
    }
}

impl Error for NoMetricsError {}
