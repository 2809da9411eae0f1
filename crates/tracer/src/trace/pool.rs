//! [`Pool`], spans for reuse.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::OpenSpan;
use crate::record::{Beginning, SpanRecord};

/// Spans for reuse, so that in the steady state a span needs no allocation.
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
            open.begin_again(trace, beginning);
            return span;
        }
        Arc::new(OpenSpan::new(trace, beginning))
    }

    /// Takes back spans and their records, except those that are still referenced elsewhere.
    #[allow(clippy::vec_box)] // a span keeps its record in the box
    pub(crate) fn give_back(&self, spans: Vec<Arc<OpenSpan>>, records: Vec<Box<SpanRecord>>) {
        let mut pool = self.lock();
        for (mut span, record) in spans.into_iter().zip(records) {
            if pool.len() >= MAX_POOLED {
                return;
            }
            if let Some(open) = Arc::get_mut(&mut span).filter(|_| record.is_reusable()) {
                open.keep(record);
                pool.push(span);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<OpenSpan>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
