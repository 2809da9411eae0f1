//! The metrics of a document, found by name.

use std::borrow::Cow;
use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};
use powertools_lambda_core::json;

use crate::{MetricName, Resolution, Unit};

/// A metric with the values added since the last flush, and its part of the document, written once.
#[derive(Debug)]
pub(crate) struct Metric {
    name: Cow<'static, str>,
    pub(crate) unit: Unit,
    pub(crate) resolution: Resolution,
    pub(crate) values: Vec<f64>,
    /// `{"Name":"…","Unit":"…"}`
    pub(crate) definition: Vec<u8>,
    /// `,"…":`
    pub(crate) key: Vec<u8>,
}

/// Metrics in the order in which they were first added.
///
/// It is used again for later invocations: names, their escaped bytes and the memory for values stay, so that a function
/// that counts the same things each time allocates nothing.
#[derive(Default)]
pub(crate) struct Store {
    metrics: Vec<Metric>,
    /// Where a handler adds the same metrics in the same order, the next is the one behind the last.
    last: usize,
    /// Positions by hash; used from [`FEW`] metrics on.
    index: HashTable<usize>,
    hasher: DefaultHashBuilder,
}

/// Up to here looking at each metric is faster than hashing the name.
const FEW: usize = 12;

/// A function may invent names: beyond this many a store is emptied when it is flushed.
pub(crate) const MAX_KEPT: usize = 100;

impl Store {
    /// Returns where the metric with this name stands.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        let is = |at: usize| self.metrics.get(at).is_some_and(|metric| metric.name == name);
        let next = if self.last + 1 < self.metrics.len() {
            self.last + 1
        } else {
            0
        };
        if is(next) {
            Some(next)
        } else if is(self.last) {
            Some(self.last)
        } else if self.metrics.len() <= FEW {
            self.metrics.iter().position(|metric| metric.name == name)
        } else {
            let hash = self.hasher.hash_one(name);
            self.index.find(hash, |&at| self.metrics[at].name == name).copied()
        }
    }

    /// Returns the metric that stands there, to add a value with this unit and resolution.
    pub(crate) fn at(&mut self, at: usize, unit: Unit, resolution: Resolution) -> &mut Metric {
        self.last = at;
        let metric = &mut self.metrics[at];
        if metric.values.is_empty() && (metric.unit != unit || metric.resolution != resolution) {
            // Left from an earlier flush: nothing holds it to what it was then.
            *metric = Metric::new(std::mem::take(&mut metric.name), unit, resolution);
        }
        metric
    }

    /// Adds a metric whose name is not here yet.
    pub(crate) fn insert(&mut self, name: MetricName, unit: Unit, resolution: Resolution) -> &mut Metric {
        let at = self.metrics.len();
        self.metrics.push(Metric::new(name.into_text(), unit, resolution));
        if self.metrics.len() == FEW + 1 {
            (0..at).for_each(|at| self.index_position(at));
        }
        if self.metrics.len() > FEW {
            self.index_position(at);
        }
        self.last = at;
        &mut self.metrics[at]
    }

    /// Returns the metrics; those without values are left from earlier flushes.
    pub(crate) fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    /// Forgets all values, and the names where there are too many.
    pub(crate) fn clear(&mut self) {
        self.last = self.metrics.len();
        if self.metrics.len() > MAX_KEPT {
            self.metrics = Vec::new();
            self.index = HashTable::new();
        }
        for metric in &mut self.metrics {
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
        let (mut definition, mut key) = (Vec::new(), vec![b',']);
        json::write_str(&mut key, &name);
        definition.extend_from_slice(b"{\"Name\":");
        definition.extend_from_slice(&key[1..]);
        definition.extend_from_slice(b",\"Unit\":\"");
        definition.extend_from_slice(unit.as_str().as_bytes());
        definition.extend_from_slice(match resolution {
            Resolution::Standard => b"\"}",
            Resolution::High => b"\",\"StorageResolution\":1}",
        });
        key.push(b':');
        Self {
            name,
            unit,
            resolution,
            values: Vec::new(),
            definition,
            key,
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_one_metric_whatever_the_order_and_number() {
        let mut store = Store::default();
        for round in 0..3 {
            for number in (0..40).chain([7, 7, 3, 39, 0]) {
                let name = MetricName::from(format!("metric {number}"));
                let metric = match store.find(name.as_str()) {
                    Some(at) => store.at(at, Unit::Count, Resolution::Standard),
                    None => store.insert(name, Unit::Count, Resolution::Standard),
                };
                metric.values.push(f64::from(number));
            }
            assert_eq!(store.metrics().len(), 40, "round {round}");
            for (number, metric) in store.metrics().iter().enumerate() {
                assert_eq!(metric.name(), format!("metric {number}"));
                #[allow(clippy::cast_precision_loss)]
                let expected = number as f64;
                assert!(metric.values.iter().all(|value| value.to_bits() == expected.to_bits()));
            }
            store.clear();
        }
    }

    #[test]
    fn a_store_with_invented_names_is_emptied() {
        let mut store = Store::default();
        for number in 0..=MAX_KEPT {
            store.insert(format!("{number}").into(), Unit::Count, Resolution::Standard);
        }
        store.clear();
        assert!(store.metrics().is_empty());
        store.insert("again".into(), Unit::Count, Resolution::Standard);
        assert_eq!(store.metrics().len(), 1);
    }

    #[test]
    fn a_metric_left_from_an_earlier_flush_takes_a_new_unit() {
        let mut store = Store::default();
        let metric = store.insert("size".into(), Unit::Bytes, Resolution::Standard);
        metric.values.push(1.0);
        assert_eq!(store.at(0, Unit::Bits, Resolution::Standard).unit, Unit::Bytes);
        store.clear();
        let metric = store.at(0, Unit::Bits, Resolution::High);
        assert_eq!((metric.unit, metric.resolution), (Unit::Bits, Resolution::High));
        assert_eq!(
            metric.definition,
            br#"{"Name":"size","Unit":"Bits","StorageResolution":1}"#
        );
    }
}
