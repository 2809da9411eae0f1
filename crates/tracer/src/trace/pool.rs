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
    /// Empty lists.
    lists: Vec<Lists>,
}

/// The finished spans of a trace, and their records while they are emitted.
#[derive(Default)]
#[allow(clippy::vec_box)] // a span keeps its record in the box
pub(crate) struct Lists {
    pub(crate) spans: Vec<Arc<OpenSpan>>,
    pub(crate) records: Vec<Box<SpanRecord>>,
}

/// How many spans are kept, how many records without one, and how many lists, each for at most as many spans.
const MAX_POOLED: usize = 64;

impl Pool {
    /// Begins a span.
    pub(crate) fn begin(&self, trace: u64, beginning: Beginning) -> Arc<OpenSpan> {
        let pooled = self.lock().take();
        begun(pooled, trace, beginning)
    }

    /// Begins the first span of a trace; also returns the lists of the trace.
    pub(crate) fn begin_trace(&self, trace: u64, beginning: Beginning) -> (Arc<OpenSpan>, Lists) {
        let (pooled, lists) = {
            let mut pooled = self.lock();
            (pooled.take(), pooled.lists.pop())
        };
        (begun(pooled, trace, beginning), lists.unwrap_or_default())
    }

    /// Takes back spans and their records, or only the record of a span that is still referenced elsewhere.
    pub(crate) fn give_back(&self, mut lists: Lists) {
        let mut pooled = self.lock();
        for (mut span, record) in lists.spans.drain(..).zip(lists.records.drain(..)) {
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
        if pooled.lists.len() < MAX_POOLED && lists.spans.capacity() <= MAX_POOLED {
            pooled.lists.push(lists);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Pooled> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Reused = (Option<Arc<OpenSpan>>, Option<Box<SpanRecord>>);

impl Pooled {
    /// Takes a record, or a span with its record.
    fn take(&mut self) -> Reused {
        let record = self.records.pop();
        let span = if record.is_none() { self.spans.pop() } else { None };
        (span, record)
    }
}

fn begun((span, record): Reused, trace: u64, beginning: Beginning) -> Arc<OpenSpan> {
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
