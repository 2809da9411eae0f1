//! A span that may still change, and the pool such spans come from.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use powertools_lambda_core::SegmentId;

use crate::record::{Beginning, SpanRecord};

/// A span that is open or waits to be emitted.
///
/// The extensions of its `tracing` span hold it, and the thread's stack of entered spans.
pub(crate) struct OpenSpan {
    /// Which trace it is part of; see [`Trace::serial`](crate::trace::Trace).
    pub(crate) trace: u64,
    pub(crate) id: SegmentId,
    /// Nothing once it was emitted.
    record: Mutex<Option<Box<SpanRecord>>>,
}

impl OpenSpan {
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

/// Spans to be used again, so that in the steady state a span allocates nothing of its own.
#[derive(Default)]
pub(crate) struct Pool(Mutex<Vec<Arc<OpenSpan>>>);

/// How many spans are kept.
const MAX_POOLED: usize = 64;

impl Pool {
    pub(crate) fn begin(&self, trace: u64, beginning: Beginning) -> Arc<OpenSpan> {
        let pooled = self.lock().pop();
        if let Some(mut span) = pooled
            && let Some(open) = Arc::get_mut(&mut span)
        {
            open.trace = trace;
            open.id = beginning.id;
            if let Some(record) = open.record.get_mut().unwrap_or_else(PoisonError::into_inner) {
                record.begin_again(beginning);
                return span;
            }
        }
        Arc::new(OpenSpan {
            trace,
            id: beginning.id,
            record: Mutex::new(Some(Box::new(SpanRecord::new(beginning)))),
        })
    }

    /// Takes a span and its record back, unless somebody else still has the span.
    pub(crate) fn give_back(&self, mut span: Arc<OpenSpan>, record: Box<SpanRecord>) {
        let Some(open) = Arc::get_mut(&mut span).filter(|_| record.is_reusable()) else {
            return;
        };
        *open.record.get_mut().unwrap_or_else(PoisonError::into_inner) = Some(record);
        let mut pool = self.lock();
        if pool.len() < MAX_POOLED {
            pool.push(span);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<OpenSpan>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
