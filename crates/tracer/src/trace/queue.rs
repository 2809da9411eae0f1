//! [`Queue`], finished spans that wait for the response.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Lists, OpenSpan};

/// How many finished spans may wait for the response.
pub(crate) const MAX_SPANS: usize = 1_000;
/// How many bytes the waiting spans may take.
pub(crate) const MAX_BYTES: usize = 1 << 20;

/// Finished spans that wait for the response, limited by number and size.
pub(crate) struct Queue(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    lists: Lists,
    bytes: usize,
    /// How many spans did not fit.
    overflow: u64,
    closed: bool,
}

impl Queue {
    /// Creates a queue in lists that are empty.
    pub(crate) fn new(lists: Lists) -> Self {
        Self(Mutex::new(Waiting {
            lists,
            ..Waiting::default()
        }))
    }

    /// Adds a span, or returns it if it must be sent immediately: near the deadline (`hurry`), if the queue is full, or
    /// after the response.
    pub(crate) fn push(&self, span: Arc<OpenSpan>, size: usize, hurry: bool) -> Option<Arc<OpenSpan>> {
        let mut waiting = self.lock();
        let full = waiting.lists.spans.len() >= MAX_SPANS || waiting.bytes + size > MAX_BYTES;
        if !(waiting.closed || full || hurry) {
            waiting.bytes += size;
            waiting.lists.spans.push(span);
            return None;
        }
        if full && !(waiting.closed || hurry) {
            waiting.overflow += 1;
        }
        Some(span)
    }

    /// Takes the waiting spans.
    pub(crate) fn take(&self) -> Lists {
        let mut waiting = self.lock();
        waiting.bytes = 0;
        std::mem::take(&mut waiting.lists)
    }

    /// Closes the queue; returns the waiting spans, and how many did not fit.
    pub(crate) fn close(&self) -> (Lists, u64) {
        let mut waiting = self.lock();
        waiting.closed = true;
        waiting.bytes = 0;
        (
            std::mem::take(&mut waiting.lists),
            std::mem::take(&mut waiting.overflow),
        )
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
