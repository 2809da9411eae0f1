//! `SpanState`, the data that the logger stores in a span.

use std::sync::atomic::{AtomicU64, Ordering};

use powertools_lambda_core::Invocation;

use crate::record::{Fields, pool};

/// A span's invocation, and the fields of the records inside it.
///
/// The fields of the outer spans come before its own, so that a record reads only one span at any depth.
#[derive(Debug)]
pub(crate) struct SpanState {
    pub(crate) invocation: Option<Invocation>,
    fields: Fields,
    /// The number of `fields` that come from the outer spans.
    inherited: usize,
    /// The value of [`RECORDED`] when `fields` were collected; if it differs, they may be stale.
    seen: u64,
}

/// The number of `record()` calls on spans of the process.
///
/// A counter for each tree of spans would have to be allocated. With a single one, a call on a span of another tree only makes
/// each span collect its fields once more.
static RECORDED: AtomicU64 = AtomicU64::new(0);

impl SpanState {
    /// Creates the state of a span with these fields inside `outer`.
    pub(crate) fn new(own: &Fields, outer: Option<&Self>, invocation: Option<Invocation>) -> Self {
        // Most spans have no fields, and then need no memory for them.
        let has_fields = !own.is_empty() || outer.is_some_and(|outer| !outer.fields.is_empty());
        let mut fields = if has_fields { pool::take() } else { Fields::default() };
        if let Some(outer) = outer {
            if outer.fields.overlaps(own) {
                fields.extend(outer.fields.items_from(0).filter(|(key, _)| !own.contains(key)));
            } else {
                fields.append(&outer.fields);
            }
        }
        let inherited = fields.len();
        fields.append(own);
        let seen = outer.map_or_else(recorded, |outer| outer.seen);
        Self {
            invocation,
            fields,
            inherited,
            seen,
        }
    }

    /// Returns the fields of the span and of the spans around it, which may be [stale](Self::is_stale).
    pub(crate) fn fields(&self) -> &Fields {
        &self.fields
    }

    /// Returns whether a span has recorded a field since the fields were collected.
    pub(crate) fn is_stale(&self) -> bool {
        recorded() != self.seen
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
        let before = RECORDED.fetch_add(1, Ordering::AcqRel);
        if self.seen == before {
            self.seen = before.wrapping_add(1);
        }
    }

    /// Replaces the inherited fields with these, which were collected after [`recorded`] returned `seen`.
    pub(crate) fn inherit(&mut self, outer: &Fields, seen: u64) {
        let mut own = pool::take();
        own.extend(self.fields.items_from(self.inherited));
        self.fields.clear();
        self.fields
            .extend(outer.items_from(0).filter(|(key, _)| !own.contains(key)));
        self.inherited = self.fields.len();
        self.fields.extend(own.items_from(0));
        pool::put(own);
        self.seen = seen;
    }

    /// Adds the span's own fields to those of the spans around it.
    pub(crate) fn add_own(&self, fields: &mut Fields) {
        fields.extend(self.fields.items_from(self.inherited));
    }
}

impl Drop for SpanState {
    fn drop(&mut self) {
        if !self.fields.is_empty() {
            pool::put(std::mem::take(&mut self.fields));
        }
    }
}

/// Returns how many times a field was recorded in a span of the process.
pub(crate) fn recorded() -> u64 {
    RECORDED.load(Ordering::Acquire)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_is_recorded_while_others_are_collected_is_not_missed() {
        let mut parent = SpanState::new(&Fields::default(), None, None);
        let mut child = SpanState::new(&Fields::default(), Some(&parent), None);
        let seen = recorded();
        let mut collected = Fields::default();
        parent.add_own(&mut collected);
        let mut values = Fields::default();
        values.set("x", |bytes| bytes.push(b'1'));
        parent.record(&values);
        child.inherit(&collected, seen);
        assert!(child.is_stale());
    }
}
