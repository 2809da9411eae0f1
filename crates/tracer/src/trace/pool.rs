//! [`Pool`], spans for reuse.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::OpenSpan;
use crate::record::{Beginning, SpanRecord};

/// Spans for reuse, so that in the steady state a span needs no allocation.
#[derive(Default)]
pub(crate) struct Pool(Mutex<Pooled>);

#[derive(Default)]
#[allow(clippy::vec_box)] // a span keeps its record in the box
struct Pooled {
    spans: Vec<Arc<OpenSpan>>,
    /// Records of spans that were still referenced elsewhere, as the handler's is by its trace.
    records: Vec<Box<SpanRecord>>,
}

/// How many spans are kept, and how many records without one.
const MAX_POOLED: usize = 64;

impl Pool {
    pub(crate) fn begin(&self, trace: u64, beginning: Beginning) -> Arc<OpenSpan> {
        let (span, record) = {
            let mut pooled = self.lock();
            let record = pooled.records.pop();
            (if record.is_none() { pooled.spans.pop() } else { None }, record)
        };
        if let Some(mut span) = span
            && let Some(open) = Arc::get_mut(&mut span)
        {
            open.begin_again(trace, beginning);
            return span;
        }
        Arc::new(match record {
            Some(mut record) => {
                record.begin_again(beginning);
                OpenSpan::of(trace, record)
            }
            None => OpenSpan::of(trace, Box::new(SpanRecord::new(beginning))),
        })
    }

    /// Takes back spans and their records, or only the record of a span that is still referenced elsewhere.
    #[allow(clippy::vec_box)] // a span keeps its record in the box
    pub(crate) fn give_back(&self, spans: Vec<Arc<OpenSpan>>, records: Vec<Box<SpanRecord>>) {
        let mut pooled = self.lock();
        for (mut span, record) in spans.into_iter().zip(records) {
            if !record.is_reusable() {
                continue;
            }
            if let Some(open) = Arc::get_mut(&mut span) {
                if pooled.spans.len() < MAX_POOLED {
                    open.keep(record);
                    pooled.spans.push(span);
                }
            } else if pooled.records.len() < MAX_POOLED {
                pooled.records.push(record);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Pooled> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
