//! A span that may still change.

use std::sync::{Mutex, MutexGuard, PoisonError};

use powertools_lambda_core::SegmentId;

use crate::record::{Beginning, SpanRecord};

/// A span that is open or waits to be emitted.
///
/// The extensions of its `tracing` span hold it, and the thread's stack of entered spans.
pub(crate) struct OpenSpan {
    /// The serial number of the trace that it is part of.
    pub(crate) trace: u64,
    pub(crate) id: SegmentId,
    /// Nothing once it was emitted.
    record: Mutex<Option<Box<SpanRecord>>>,
}

impl OpenSpan {
    pub(crate) fn new(trace: u64, beginning: Beginning) -> Self {
        Self {
            trace,
            id: beginning.id,
            record: Mutex::new(Some(Box::new(SpanRecord::new(beginning)))),
        }
    }

    /// Makes it another span; the buffers of the record stay.
    pub(crate) fn begin_again(&mut self, trace: u64, beginning: Beginning) {
        self.trace = trace;
        self.id = beginning.id;
        match self.record.get_mut().unwrap_or_else(PoisonError::into_inner) {
            Some(record) => record.begin_again(beginning),
            none => *none = Some(Box::new(SpanRecord::new(beginning))),
        }
    }

    /// Takes its record back, to be used again.
    pub(crate) fn keep(&mut self, record: Box<SpanRecord>) {
        *self.record.get_mut().unwrap_or_else(PoisonError::into_inner) = Some(record);
    }

    /// Changes the record, unless it was emitted. `change` must not run foreign code: the record is locked.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut SpanRecord) -> R) -> Option<R> {
        self.lock().as_deref_mut().map(change)
    }

    pub(crate) fn take(&self) -> Option<Box<SpanRecord>> {
        self.lock().take()
    }

    /// Puts a record back that was taken.
    pub(crate) fn put(&self, record: Box<SpanRecord>) {
        *self.lock() = Some(record);
    }

    fn lock(&self) -> MutexGuard<'_, Option<Box<SpanRecord>>> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
