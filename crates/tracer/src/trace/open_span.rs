//! [`OpenSpan`], a span that may still change.

use std::sync::{Mutex, MutexGuard, PoisonError};

use powertools_lambda_core::SegmentId;

use crate::record::{Beginning, SpanRecord};

/// A span that is open or waits to be emitted.
///
/// It is kept in the extensions of its `tracing` span and in the thread's stack of entered spans.
pub(crate) struct OpenSpan {
    /// The serial number of the trace that it is part of.
    pub(crate) trace: u64,
    pub(crate) id: SegmentId,
    /// `None` once the span was emitted.
    record: Mutex<Option<Box<SpanRecord>>>,
}

impl OpenSpan {
    pub(crate) fn of(trace: u64, record: Box<SpanRecord>) -> Self {
        Self {
            trace,
            id: *record.id(),
            record: Mutex::new(Some(record)),
        }
    }

    /// Turns it into another span and keeps the buffers of the record.
    pub(crate) fn begin_again(&mut self, trace: u64, beginning: Beginning) {
        self.trace = trace;
        self.id = beginning.id;
        match self.record.get_mut().unwrap_or_else(PoisonError::into_inner) {
            Some(record) => record.begin_again(beginning),
            none => *none = Some(Box::new(SpanRecord::new(beginning))),
        }
    }

    /// Takes the record back for reuse.
    pub(crate) fn keep(&mut self, record: Box<SpanRecord>) {
        *self.record.get_mut().unwrap_or_else(PoisonError::into_inner) = Some(record);
    }

    /// Changes the record, unless it was emitted. `change` must not run foreign code, because the record is locked.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut SpanRecord) -> R) -> Option<R> {
        self.lock().as_deref_mut().map(change)
    }

    pub(crate) fn take(&self) -> Option<Box<SpanRecord>> {
        self.lock().take()
    }

    /// Puts back a record that was taken.
    pub(crate) fn put(&self, record: Box<SpanRecord>) {
        *self.lock() = Some(record);
    }

    fn lock(&self) -> MutexGuard<'_, Option<Box<SpanRecord>>> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
