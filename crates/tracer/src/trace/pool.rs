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
    /// Spans that were still referenced elsewhere when they were given back, as the handler's is by its trace, with
    /// their records.
    ///
    /// A record is put back into its span only once nothing else refers to that span.
    referenced: Vec<(Arc<OpenSpan>, Box<SpanRecord>)>,
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

/// How many spans are kept, how many spans that were still referenced, how many lists, and how many spans a kept list
/// has room for.
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

    /// Takes back spans and their records.
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
            } else if pooled.referenced.len() < MAX_POOLED {
                pooled.referenced.push((span, record));
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

/// A span, and its record if it was still referenced when they were given back.
type Reused = Option<(Arc<OpenSpan>, Option<Box<SpanRecord>>)>;

impl Pooled {
    fn take(&mut self) -> Reused {
        match self.referenced.pop() {
            Some((span, record)) => Some((span, Some(record))),
            None => Some((self.spans.pop()?, None)),
        }
    }
}

fn begun(reused: Reused, trace: u64, beginning: Beginning) -> Arc<OpenSpan> {
    let Some((mut span, record)) = reused else {
        return Arc::new(OpenSpan::of(trace, Box::new(SpanRecord::new(beginning))));
    };
    if let Some(open) = Arc::get_mut(&mut span) {
        if let Some(record) = record {
            open.keep(record);
        }
        open.begin_again(trace, beginning);
        return span;
    }
    // It is still referenced.
    let record = match record {
        Some(mut record) => {
            record.begin_again(beginning);
            record
        }
        None => Box::new(SpanRecord::new(beginning)),
    };
    Arc::new(OpenSpan::of(trace, record))
}
