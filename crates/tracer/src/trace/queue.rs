//! [`Queue`], finished spans that wait for the response.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::OpenSpan;

/// How many finished spans may wait for the response.
pub(crate) const MAX_SPANS: usize = 1_000;
/// How many bytes the waiting spans may take.
pub(crate) const MAX_BYTES: usize = 1 << 20;

/// Finished spans that wait for the response, limited by number and size.
#[derive(Default)]
pub(crate) struct Queue(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    spans: Vec<Arc<OpenSpan>>,
    bytes: usize,
    /// How many spans did not fit.
    overflow: u64,
    closed: bool,
}

impl Queue {
    /// Adds a span, or returns it if it must be sent immediately: near the deadline (`hurry`), if the queue is full, or
    /// after the response.
    pub(crate) fn push(&self, span: Arc<OpenSpan>, size: usize, hurry: bool) -> Option<Arc<OpenSpan>> {
        let mut waiting = self.lock();
        let full = waiting.spans.len() >= MAX_SPANS || waiting.bytes + size > MAX_BYTES;
        if !(waiting.closed || full || hurry) {
            waiting.bytes += size;
            waiting.spans.push(span);
            return None;
        }
        if full && !(waiting.closed || hurry) {
            waiting.overflow += 1;
        }
        Some(span)
    }

    /// Takes the waiting spans.
    pub(crate) fn take(&self) -> Vec<Arc<OpenSpan>> {
        let mut waiting = self.lock();
        waiting.bytes = 0;
        std::mem::take(&mut waiting.spans)
    }

    /// Closes the queue; returns the waiting spans, and how many did not fit.
    pub(crate) fn close(&self) -> (Vec<Arc<OpenSpan>>, u64) {
        let mut waiting = self.lock();
        waiting.closed = true;
        waiting.bytes = 0;
        (
            std::mem::take(&mut waiting.spans),
            std::mem::take(&mut waiting.overflow),
        )
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
