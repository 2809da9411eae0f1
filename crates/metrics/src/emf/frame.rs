//! `Frame`, the parts that are in every document.

use powertools_lambda_core::Timestamp;

use crate::document::members::{Member, Members};

/// The parts that are in every document of a [`Metrics`](crate::Metrics).
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    /// The namespace as a JSON string.
    pub(crate) namespace: &'a [u8],
    pub(crate) defaults: &'a Members,
    pub(crate) service: Option<&'a Member>,
    /// The level that passes if Lambda's log level would drop the line; it is written with a timestamp.
    pub(crate) level: Option<&'static str>,
    pub(crate) now: Timestamp,
}
