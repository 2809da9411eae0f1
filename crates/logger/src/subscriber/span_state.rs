//! `SpanState`, the data that the logger stores in a span.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use powertools_lambda_core::Invocation;

use crate::record::Fields;

/// A span's invocation, and the fields of the records inside it.
///
/// The fields of the outer spans come before its own, so that a record reads only one span at any depth.
#[derive(Debug)]
pub(crate) struct SpanState {
    pub(crate) invocation: Option<Invocation>,
    fields: Fields,
    /// The number of `fields` that come from the outer spans.
    inherited: usize,
    /// The number of `record()` calls on spans of the same tree; `fields` is stale if it differs from `seen`.
    recorded: Arc<AtomicU32>,
    seen: u32,
}

impl SpanState {
    /// Creates the state of a span with these fields inside `outer`.
    pub(crate) fn new(own: &Fields, outer: Option<&Self>, invocation: Option<Invocation>) -> Self {
        let recorded = outer.map_or_else(Arc::default, |outer| Arc::clone(&outer.recorded));
        let mut fields = pooled();
        if let Some(outer) = outer {
            if outer.fields.overlaps(own) {
                fields.extend(outer.fields.items_from(0).filter(|(key, _)| !own.contains(key)));
            } else {
                fields.append(&outer.fields);
            }
        }
        let inherited = fields.len();
        fields.append(own);
        let seen = outer.map_or(0, |outer| outer.seen);
        Self {
            invocation,
            fields,
            inherited,
            recorded,
            seen,
        }
    }

    /// Returns the fields of the span and of the spans around it, which may be [stale](Self::is_stale).
    pub(crate) fn fields(&self) -> &Fields {
        &self.fields
    }

    /// Returns whether a span of the tree has recorded a field since the fields were collected.
    pub(crate) fn is_stale(&self) -> bool {
        self.recorded.load(Ordering::Acquire) != self.seen
    }

    /// Sets fields of the span that were recorded after it was created.
    pub(crate) fn record(&mut self, values: &Fields) {
        for (key, _) in values.items_from(0) {
            // From now on, the span's own value replaces the outer span's.
            let was_inherited = self
                .fields
                .items_from(0)
                .take(self.inherited)
                .any(|(outer, _)| outer == key);
            self.inherited -= usize::from(was_inherited);
        }
        self.fields.extend(values.items_from(0));
        let before = self.recorded.fetch_add(1, Ordering::AcqRel);
        if self.seen == before {
            self.seen = before.wrapping_add(1);
        }
    }

    /// Collects the fields again, with these of the spans around it.
    pub(crate) fn inherit(&mut self, outer: &Fields) {
        let seen = self.recorded.load(Ordering::Acquire);
        let mut own = pooled();
        own.extend(self.fields.items_from(self.inherited));
        self.fields.clear();
        self.fields
            .extend(outer.items_from(0).filter(|(key, _)| !own.contains(key)));
        self.inherited = self.fields.len();
        self.fields.extend(own.items_from(0));
        self.seen = seen;
    }

    /// Adds the span's own fields to those of the spans around it.
    pub(crate) fn add_own(&self, fields: &mut Fields) {
        fields.extend(self.fields.items_from(self.inherited));
    }
}

impl Drop for SpanState {
    fn drop(&mut self) {
        let mut fields = std::mem::take(&mut self.fields);
        if fields.byte_len() <= MAX_POOLED_BYTES {
            fields.clear();
            let _ = POOL.try_with(|pool| {
                if let Ok(mut pool) = pool.try_borrow_mut()
                    && pool.len() < MAX_POOLED
                {
                    pool.push(fields);
                }
            });
        }
    }
}

/// The number of buffers that a thread keeps for its next spans, and the maximum size of each.
const MAX_POOLED: usize = 16;
const MAX_POOLED_BYTES: usize = 4 * 1_024;

thread_local! {
    static POOL: RefCell<Vec<Fields>> = const { RefCell::new(Vec::new()) };
}

fn pooled() -> Fields {
    let taken = POOL.try_with(|pool| pool.try_borrow_mut().ok().and_then(|mut pool| pool.pop()));
    taken.ok().flatten().unwrap_or_default()
}
