//! What is in every document of some metrics.

use powertools_lambda_core::Timestamp;

use crate::document::members::{Member, Members};

/// What is in every document of a [`Metrics`](crate::Metrics).
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    /// As a JSON string.
    pub(crate) namespace: &'a [u8],
    pub(crate) defaults: &'a Members,
    pub(crate) service: Option<&'a Member>,
    /// If Lambda's log level would drop the line: the level that passes; a timestamp is written with it.
    pub(crate) level: Option<&'static str>,
    pub(crate) now: Timestamp,
}
