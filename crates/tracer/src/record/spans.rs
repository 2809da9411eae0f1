//! [`Spans`], the finished spans of an invocation that are emitted together.

use std::fmt;

use super::{SpanKind, SpanRecord};

/// Finished spans of one invocation, in the order in which they ended; at least one.
///
/// An [`Emitter`](crate::Emitter) borrows them, and several emitters get the same ones. The spans form a tree by
/// [`SpanRecord::id`] and [`SpanRecord::parent_id`], usually with the handler's span at its root; parents may be missing,
/// because they were emitted before or have not ended yet.
#[derive(Clone, Copy)]
pub struct Spans<'a>(&'a [Box<SpanRecord>]);

impl<'a> Spans<'a> {
    pub(crate) fn new(records: &'a [Box<SpanRecord>]) -> Self {
        Self(records)
    }

    pub(crate) fn at(self, place: usize) -> &'a SpanRecord {
        &self.0[place]
    }

    /// Returns the spans, in the order in which they ended.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = &'a SpanRecord> + ExactSizeIterator + Clone {
        self.0.iter().map(|record| &**record)
    }

    /// Returns the span of the handler, if it is among these.
    pub fn handler(self) -> Option<&'a SpanRecord> {
        // Nearly always the last to end.
        self.iter().rfind(|span| span.kind() == SpanKind::Handler)
    }
}

impl fmt::Debug for Spans<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
