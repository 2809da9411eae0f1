//! What a flush may say.

use std::error::Error;
use std::fmt;

/// There was no metric to write.
///
/// Returned by [`Metrics::try_flush`](crate::Metrics::try_flush).
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
        f.write_str("there was no metric to write")
    }
}

impl Error for NoMetricsError {}
