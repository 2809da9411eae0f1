//! `Store`, the metrics of a document, found by name.

use std::borrow::Cow;
use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};
use powertools_lambda_core::json;

use crate::document::keys::Keys;
use crate::document::value::Merge;
use crate::metric::{Resolution, Unit};

/// A metric with the values added since the last flush, and its parts of the document, which are written only once.
#[derive(Debug)]
pub(crate) struct Metric {
    name: Cow<'static, str>,
    /// The address and the length of the name, by which the name of a constant is found without comparing the text.
    place: (usize, usize),
    pub(crate) unit: Unit,
    pub(crate) resolution: Resolution,
    pub(crate) values: Vec<f64>,
    /// The index of the value that a library's counter or gauge adds to or replaces.
    merged: Option<usize>,
    /// Whether a dimension has the same name in the document that is being written.
    pub(crate) hidden: bool,
    /// `{"Name":"…","Unit":"…"}`
    pub(crate) definition: Vec<u8>,
    /// `,"…":`
    pub(crate) member: Vec<u8>,
    /// The name as a set of keys.
    pub(crate) keys: Keys,
}

/// Metrics in the order in which they were first added.
///
/// It is reused for later invocations: names, their escaped bytes and the memory for values stay, so that a function
/// that always counts the same metrics allocates nothing.
#[derive(Debug, Default)]
pub(crate) struct Store {
    metrics: Vec<Metric>,
    /// The number of values.
    values: usize,
    /// The metric found last; a handler that adds the same metrics in the same order needs the one after it next.
    last: usize,
    /// Positions by hash, used if there are at least [`FEW`] metrics.
    index: HashTable<usize>,
    hasher: DefaultHashBuilder,
}

/// Below this number, comparing each metric is faster than hashing the name.
const FEW: usize = 12;

/// The maximum number of metrics kept after a flush, because a function may generate names.
const MAX_KEPT: usize = 100;

/// The maximum number of values whose memory is kept, which is more than a metric can have in one line.
const MAX_KEPT_VALUES: usize = 128;

impl Store {
    /// Returns the position of the metric with this name.
    #[inline]
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        let place = place(name);
        let is = |at: usize| self.metrics.get(at).is_some_and(|metric| metric.place == place);
        if is(self.last) {
            return Some(self.last);
        }
        let next = self.next();
        if is(next) { Some(next) } else { self.look_up(name) }
    }

    /// Returns the position after the last one.
    #[inline]
    fn next(&self) -> usize {
        if self.last + 1 < self.metrics.len() {
            self.last + 1
        } else {
            0
        }
    }

    #[inline(never)]
    fn look_up(&self, name: &str) -> Option<usize> {
        let is = |at: &usize| self.metrics.get(*at).is_some_and(|metric| metric.name == name);
        if let Some(at) = [self.next(), self.last].into_iter().find(is) {
            return Some(at);
        }
        if self.metrics.len() <= FEW {
            self.metrics.iter().position(|metric| metric.name == name)
        } else {
            let hash = self.hasher.hash_one(name);
            self.index.find(hash, |&at| self.metrics[at].name == name).copied()
        }
    }

    /// Adds a value to the metric at this position; if its unit or resolution differs, returns the unit that it keeps.
    #[inline]
    pub(crate) fn add(
        &mut self,
        at: usize,
        (unit, resolution): (Unit, Resolution),
        value: f64,
        merge: Merge,
    ) -> Option<Unit> {
        self.last = at;
        let metric = &mut self.metrics[at];
        let mut kept = None;
        if metric.unit != unit || metric.resolution != resolution {
            kept = metric.change(unit, resolution);
        }
        if merge == Merge::Append || metric.is_first_to_merge(value, merge) {
            metric.values.push(value);
            self.values += 1;
        }
        kept
    }

    /// Adds a metric with a new name; returns its position.
    pub(crate) fn insert(&mut self, name: Cow<'static, str>, unit: Unit, resolution: Resolution) -> usize {
        let at = self.metrics.len();
        self.metrics.push(Metric::new(name, unit, resolution));
        if self.metrics.len() == FEW + 1 {
            (0..at).for_each(|at| self.index_position(at));
        }
        if self.metrics.len() > FEW {
            self.index_position(at);
        }
        self.last = at;
        at
    }

    /// Returns the number of values.
    pub(crate) fn values(&self) -> usize {
        self.values
    }

    pub(crate) fn metrics_mut(&mut self) -> &mut [Metric] {
        &mut self.metrics
    }

    /// Returns the metrics; those without values remain from earlier flushes.
    pub(crate) fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    /// Removes all values, and also the names if there are too many.
    pub(crate) fn clear(&mut self) {
        self.values = 0;
        if self.metrics.len() > MAX_KEPT {
            self.metrics = Vec::new();
            self.index = HashTable::new();
        }
        self.last = self.metrics.len();
        for metric in &mut self.metrics {
            metric.merged = None;
            if metric.values.capacity() > MAX_KEPT_VALUES {
                metric.values = Vec::new();
            }
            metric.values.clear();
        }
    }

    fn index_position(&mut self, at: usize) {
        let Self {
            metrics, index, hasher, ..
        } = self;
        let hash_of = |at: &usize| hasher.hash_one(&*metrics[*at].name);
        index.insert_unique(hash_of(&at), at, hash_of);
    }
}

impl Metric {
    fn new(name: Cow<'static, str>, unit: Unit, resolution: Resolution) -> Self {
        let (mut definition, mut member) = (Vec::new(), vec![b',']);
        json::write_str(&mut member, &name);
        definition.extend_from_slice(b"{\"Name\":");
        definition.extend_from_slice(&member[1..]);
        definition.extend_from_slice(b",\"Unit\":\"");
        definition.extend_from_slice(unit.as_str().as_bytes());
        definition.extend_from_slice(match resolution {
            Resolution::Standard => b"\"}",
            Resolution::High => b"\",\"StorageResolution\":1}",
        });
        member.push(b':');
        Self {
            place: place(&name),
            name,
            unit,
            resolution,
            values: Vec::new(),
            merged: None,
            hidden: false,
            definition,
            keys: Keys::of(&member[1..member.len() - 1]),
            member,
        }
    }

    /// Changes the unit and the resolution, or returns the unit that the metric keeps.
    #[cold]
    fn change(&mut self, unit: Unit, resolution: Resolution) -> Option<Unit> {
        if !self.values.is_empty() {
            return Some(self.unit);
        }
        // The metric remains from an earlier flush and has no values, so its unit can change.
        *self = Self::new(std::mem::take(&mut self.name), unit, resolution);
        None
    }

    /// Merges a value into the one it belongs to; returns whether it is the first of its kind.
    #[inline(never)]
    fn is_first_to_merge(&mut self, value: f64, merge: Merge) -> bool {
        let Some(merged) = self.merged.and_then(|merged| self.values.get_mut(merged)) else {
            self.merged = Some(self.values.len());
            return true;
        };
        if merge == Merge::Sum {
            *merged += value;
        } else {
            *merged = value;
        }
        false
    }

    #[cfg(test)]
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the name as JSON, in quotes.
    pub(crate) fn key(&self) -> &[u8] {
        self.member.get(1..self.member.len() - 1).unwrap_or_default()
    }

    /// Returns whether it appears in the document that is being written.
    pub(crate) fn is_shown(&self) -> bool {
        !self.values.is_empty() && !self.hidden
    }
}

/// Returns the address and the length of a text.
#[inline]
fn place(text: &str) -> (usize, usize) {
    (text.as_ptr().addr(), text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(store: &mut Store, name: &str, value: f64) {
        let at = store
            .find(name)
            .unwrap_or_else(|| store.insert(name.to_owned().into(), Unit::Count, Resolution::Standard));
        store.add(at, (Unit::Count, Resolution::Standard), value, Merge::Append);
    }

    #[test]
    fn each_name_has_one_metric_in_any_order_and_number() {
        let mut store = Store::default();
        for round in 0..3 {
            for number in (0..40).chain([7, 7, 3, 39, 0]) {
                add(&mut store, &format!("metric {number}"), f64::from(number));
            }
            assert_eq!((store.metrics().len(), store.values()), (40, 45), "round {round}");
            for (number, metric) in (0..).zip(store.metrics()) {
                assert_eq!(metric.name(), format!("metric {number}"));
                let expected = f64::from(number);
                assert!(metric.values.iter().all(|value| value.to_bits() == expected.to_bits()));
            }
            store.clear();
        }
    }

    #[test]
    fn a_store_with_generated_names_is_emptied() {
        let mut store = Store::default();
        for number in 0..=MAX_KEPT {
            add(&mut store, &number.to_string(), 1.0);
        }
        store.clear();
        assert!(store.metrics().is_empty());
        add(&mut store, "again", 1.0);
        assert_eq!(store.metrics().len(), 1);
    }

    #[test]
    fn the_memory_of_many_values_is_freed() {
        let mut store = Store::default();
        (0..1_000).for_each(|_| add(&mut store, "many", 1.0));
        store.clear();
        assert!(store.metrics()[0].values.capacity() <= MAX_KEPT_VALUES);
    }

    #[test]
    fn a_metric_left_from_an_earlier_flush_takes_a_new_unit() {
        let mut store = Store::default();
        let at = store.insert("size".into(), Unit::Bytes, Resolution::Standard);
        let add = |store: &mut Store, unit, resolution| store.add(at, (unit, resolution), 1.0, Merge::Append);
        assert_eq!(add(&mut store, Unit::Bytes, Resolution::Standard), None);
        assert_eq!(add(&mut store, Unit::Bits, Resolution::Standard), Some(Unit::Bytes));
        assert_eq!(add(&mut store, Unit::Bytes, Resolution::High), Some(Unit::Bytes));
        store.clear();
        assert_eq!(add(&mut store, Unit::Bits, Resolution::High), None);
        assert_eq!(
            store.metrics()[at].definition,
            br#"{"Name":"size","Unit":"Bits","StorageResolution":1}"#
        );
    }

    #[test]
    fn a_value_is_appended_summed_or_replaced() {
        let mut store = Store::default();
        let at = store.insert("mixed".into(), Unit::Count, Resolution::Standard);
        let kind = (Unit::Count, Resolution::Standard);
        for (value, merge) in [
            (1.0, Merge::Append),
            (2.0, Merge::Sum),
            (4.0, Merge::Append),
            (8.0, Merge::Sum),
        ] {
            store.add(at, kind, value, merge);
        }
        assert_eq!(store.metrics()[at].values, [1.0, 10.0, 4.0]);
        store.add(at, kind, 5.0, Merge::Last);
        assert_eq!(
            (&store.metrics()[at].values[..], store.values()),
            (&[1.0, 5.0, 4.0][..], 3)
        );
        store.clear();
        store.add(at, kind, 3.0, Merge::Sum);
        assert_eq!(store.metrics()[at].values, [3.0]);
    }
}
