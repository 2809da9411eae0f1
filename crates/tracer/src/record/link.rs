//! [`Link`], a link from a span to a span of another trace.

use powertools_lambda_core::{SegmentId, TraceHeader, TraceId};

/// A span of another trace that caused this one, such as the span that sent the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Link {
    /// The id of the other trace.
    pub trace_id: TraceId,
    /// The id of the span in that trace.
    pub id: SegmentId,
}

impl Link {
    /// Creates a link to the parent in a tracing header; `None` if it does not parse or has no parent.
    pub(crate) fn from_header(header: &str) -> Option<Self> {
        let header: TraceHeader = header.parse().ok()?;
        Some(Self {
            trace_id: *header.root(),
            id: *header.parent()?,
        })
    }
}
