//! A link from a span to one of another trace.

use powertools_lambda_core::{SegmentId, TraceHeader, TraceId};

/// A span of another trace that led to this one, such as the one that sent the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Link {
    /// The id of the other trace.
    pub trace_id: TraceId,
    /// The id of the span in it.
    pub id: SegmentId,
}

impl Link {
    /// Returns the link to the parent that a tracing header names; `None` if it does not parse or names no parent.
    pub(crate) fn from_header(header: &str) -> Option<Self> {
        let header: TraceHeader = header.parse().ok()?;
        Some(Self {
            trace_id: *header.root(),
            id: *header.parent()?,
        })
    }
}
