//! `Document`, the metrics, dimensions and metadata that one flush writes.

pub(crate) mod dimensions;
mod json_serializer;
pub(crate) mod keys;
pub(crate) mod members;
pub(crate) mod metadata;
pub(crate) mod pool;
pub(crate) mod store;
pub(crate) mod value;

use std::sync::Arc;

use powertools_lambda_core::Timestamp;

use self::dimensions::Dimensions;
use self::members::{Members, Set};
use self::store::Store;
use self::value::Value;
use crate::limits::{Charset, is_reserved};
use crate::metric::{MetricName, Resolution, Unit};
use crate::warning::Warning;

/// The metrics, dimensions and metadata that one flush writes.
///
/// It is reused for later invocations, so that the steady state allocates nothing. The memory that it keeps is bounded.
#[derive(Debug, Default)]
pub(crate) struct Document {
    pub(crate) store: Store,
    /// Metrics with labels, of which each combination needs a separate line.
    pub(crate) groups: Vec<Group>,
    pub(crate) dimensions: Dimensions,
    pub(crate) metadata: Members,
    /// The timestamp that replaces the time of the flush.
    pub(crate) timestamp: Option<Timestamp>,
    /// Lines of one-off metrics, to be written by the flush.
    pub(crate) lines: Vec<u8>,
    /// Whether something was written since the document was taken from the pool.
    pub(crate) was_written: bool,
    /// Buffers in which the lines are built.
    pub(crate) scratch: Scratch,
}

/// Metrics with labels, which are dimensions of these metrics only.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) labels: Arc<Members>,
    pub(crate) store: Store,
}

#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pub(crate) line: Vec<u8>,
    /// The part between the metrics' definitions and their values, which is the same in each line.
    pub(crate) middle: Vec<u8>,
}

/// A document with this many values is written immediately, so that memory stays bounded.
const MAX_VALUES: usize = 10_000;

/// A document with this many bytes of one-off metrics is written immediately.
const MAX_LINES: usize = 64 * 1_024;

/// The maximum size of a document's metadata in bytes.
const MAX_METADATA: usize = 64 * 1_024;

/// The maximum size of a buffer whose memory is kept.
const MAX_KEPT_BYTES: usize = 64 * 1_024;

/// The maximum number of label combinations kept after a flush, because a function may generate labels.
const MAX_KEPT_GROUPS: usize = 32;

/// The largest value that CloudWatch accepts, 2^360.
#[allow(clippy::unreadable_literal)] // it is exact
pub(crate) const MAX_VALUE: f64 =
    2348542582773833227889480596789337027375682548908319870707290971532209025114608443463698998384768703031934976.0;

impl Document {
    /// Creates an empty document whose dimensions may have these characters.
    pub(crate) fn new(charset: Charset) -> Self {
        Self {
            dimensions: Dimensions::new(charset),
            ..Self::default()
        }
    }

    /// Adds a value.
    #[allow(clippy::inline_always)] // measured: 40 instructions a value
    #[inline(always)]
    pub(crate) fn add(&mut self, new: Value<'_>, report: &mut dyn FnMut(Warning)) {
        let is_number = new.number.abs() <= MAX_VALUE; // NaN is not
        if !is_number {
            return report_value(new.name, report);
        }
        let store = match new.labels {
            None => &mut self.store,
            Some(labels) => group(&mut self.groups, labels),
        };
        // A name is checked only once: those in the store are valid.
        let at = match store.find(new.name.as_str()) {
            Some(at) => at,
            None => match find_or_insert(store, new.name, new.unit, new.resolution) {
                Ok(at) => at,
                Err(warning) => return report(warning),
            },
        };
        if let Some(kept) = store.add(at, (new.unit, new.resolution), new.number, new.merge) {
            report_unit(new.name, kept, report);
        }
    }

    /// Sets a member that is not a metric; `value` is JSON.
    pub(crate) fn set_metadata(&mut self, key: &str, value: &[u8], report: &mut dyn FnMut(Warning)) {
        if is_reserved(key) {
            return report(Warning::Reserved(key.to_owned()));
        }
        let set = self
            .metadata
            .set(key, MAX_METADATA, |bytes| bytes.extend_from_slice(value));
        if set == Set::Full {
            report(Warning::TooMuchMetadata(key.to_owned()));
        }
    }

    /// Returns whether there is nothing to write.
    pub(crate) fn is_empty(&self) -> bool {
        self.values() == 0 && self.lines.is_empty()
    }

    /// Returns whether it must be written now.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.values() >= MAX_VALUES || self.lines.len() >= MAX_LINES
    }

    /// Returns the number of values.
    #[inline]
    pub(crate) fn values(&self) -> usize {
        if self.groups.is_empty() {
            return self.store.values();
        }
        let labelled: usize = self.groups.iter().map(|group| group.store.values()).sum();
        self.store.values() + labelled
    }

    /// Removes the values that were written; dimensions, metadata and timestamp also apply to later ones.
    pub(crate) fn clear_values(&mut self) {
        self.store.clear();
        if self.groups.len() > MAX_KEPT_GROUPS {
            self.groups = Vec::new();
        }
        for group in &mut self.groups {
            group.store.clear();
        }
        for buffer in [&mut self.lines, &mut self.scratch.line, &mut self.scratch.middle] {
            buffer.clear();
            if buffer.capacity() > MAX_KEPT_BYTES {
                *buffer = Vec::new();
            }
        }
    }

    /// Removes everything that was added; keeps memory and names.
    pub(crate) fn clear(&mut self) {
        self.clear_values();
        self.dimensions.clear();
        self.metadata.clear();
        self.timestamp = None;
    }
}

#[cold]
fn report_value(name: &MetricName, report: &mut dyn FnMut(Warning)) {
    report(Warning::Value(name.as_str().to_owned()));
}

#[cold]
fn report_unit(name: &MetricName, kept: Unit, report: &mut dyn FnMut(Warning)) {
    let name = name.as_str().to_owned();
    let kept = kept.as_str();
    report(Warning::OtherUnit { name, kept });
}

/// Finds the metric by its name without white space around it, or adds it.
#[cold]
fn find_or_insert(store: &mut Store, name: &MetricName, unit: Unit, resolution: Resolution) -> Result<usize, Warning> {
    let known = store.find(name.check()?);
    Ok(known.unwrap_or_else(|| store.insert(name.to_text(), unit, resolution)))
}

/// Returns the metrics with these labels.
fn group<'a>(groups: &'a mut Vec<Group>, labels: &Arc<Members>) -> &'a mut Store {
    let is_same = |group: &Group| Arc::ptr_eq(&group.labels, labels) || group.labels == *labels;
    let at = groups.iter().position(is_same).unwrap_or_else(|| {
        groups.push(Group {
            labels: Arc::clone(labels),
            store: Store::default(),
        });
        groups.len() - 1
    });
    &mut groups[at].store
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_value_is_2_to_the_360() {
        assert_eq!(MAX_VALUE.to_bits(), 2_f64.powi(360).to_bits());
    }
}
