//! `write`, which writes a document in the Embedded Metric Format, as one line or as many as the limits require.
//!
//! See
//! [the specification](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).

pub(crate) mod frame;
mod line_dimensions;
mod split;

use powertools_lambda_core::{Timestamp, json};

use self::frame::Frame;
use self::line_dimensions::LineDimensions;
use self::split::{fits, split};
use crate::document::keys::Keys;
use crate::document::members::{Member, Members};
use crate::document::store::{Metric, Store};
use crate::document::{Document, Scratch};
use crate::limits::MAX_DIMENSIONS;
use crate::warning::Warning;

/// The maximum length of a line: a CloudWatch Logs event of 256 KB, minus the 26 bytes that are counted for each event.
///
/// CloudWatch Logs accepts 1 MB today, but Lambda does not document what happens to a line beyond 256 KB.
const MAX_LINE: usize = 256 * 1_024 - 26;

/// The maximum size of the further dimension sets of a line, in bytes.
const MAX_SETS: usize = 16 * 1_024;

/// Writes the document's lines, and reports what it leaves out. The caller clears the values.
pub(crate) fn write(
    document: &mut Document,
    frame: &Frame<'_>,
    report: &mut dyn FnMut(Warning),
    output: &mut dyn FnMut(&[u8]),
) {
    for line in document.lines.split_inclusive(|byte| *byte == b'\n') {
        output(line);
    }
    let Document {
        store,
        groups,
        dimensions,
        metadata,
        timestamp,
        scratch,
        ..
    } = document;
    let no_labels = Members::default();
    let groups = groups.iter_mut().map(|group| (&*group.labels, &mut group.store));
    for (labels, store) in std::iter::once((&no_labels, store)).chain(groups) {
        if store.values() == 0 {
            continue;
        }
        let set = LineDimensions::new(dimensions, labels, frame);
        hide(store, &set, metadata, report);
        let line = Line {
            dimensions: set,
            metadata,
            time: timestamp.unwrap_or(frame.now),
            frame,
        };
        line.write_all(store, scratch, report, output);
    }
}

/// Hides members that share their name with something of higher precedence: dimension before metric before metadata.
fn hide(store: &mut Store, dimensions: &LineDimensions<'_>, metadata: &mut Members, report: &mut dyn FnMut(Warning)) {
    let mut hidden = |key: &[u8], by| {
        let key = String::from_utf8_lossy(key).into_owned();
        report(Warning::Hidden { key, by });
    };
    let keys = dimensions.keys();
    let mut metric_keys = Keys::default();
    for metric in store
        .metrics_mut()
        .iter_mut()
        .filter(|metric| !metric.values.is_empty())
    {
        metric.hidden = keys.overlap(metric.keys) && dimensions.contains(metric.key());
        if metric.hidden {
            hidden(metric.key(), "dimension");
        }
        metric_keys = metric_keys.union(metric.keys);
    }
    for member in metadata.all_mut() {
        let is_metric = |metric: &Metric| metric.is_shown() && metric.key() == member.key();
        let by = if keys.may_have(member.key()) && dimensions.contains(member.key()) {
            Some("dimension")
        } else if metric_keys.may_have(member.key()) && store.metrics().iter().any(is_metric) {
            Some("metric")
        } else {
            None
        };
        member.hidden = by.is_some();
        if let Some(by) = by {
            hidden(member.key(), by);
        }
    }
    if dimensions.most() > MAX_DIMENSIONS && dimensions.first().nth(MAX_DIMENSIONS).is_some() {
        report(Warning::TooManyDimensions);
    }
}

struct Line<'a> {
    dimensions: LineDimensions<'a>,
    metadata: &'a Members,
    time: Timestamp,
    frame: &'a Frame<'a>,
}

impl Line<'_> {
    /// Writes the metrics that are shown, in as few lines as possible.
    fn write_all(
        &self,
        store: &Store,
        scratch: &mut Scratch,
        report: &mut dyn FnMut(Warning),
        output: &mut dyn FnMut(&[u8]),
    ) {
        let Scratch { line, middle } = scratch;
        line.clear();
        middle.clear();
        let simple = self.dimensions.simple();
        self.write_start(line, simple.clone(), report);
        self.write_middle(middle, simple);
        let start = line.len();
        let room = MAX_LINE.saturating_sub(start + middle.len() + "}\n".len());
        let metrics = store.metrics().iter().filter(|metric| metric.is_shown());
        if metrics.clone().next().is_none() {
            return;
        }
        if fits(metrics.clone(), room) {
            let metrics = metrics.map(|metric| (metric, &metric.values[..]));
            finish(line, middle, metrics);
            return output(line);
        }
        let metrics: Vec<&Metric> = metrics.collect();
        for document in split(&metrics, room) {
            let metrics = document.iter().map(|part| {
                let metric = metrics[part.metric];
                (metric, &metric.values[part.from..part.to])
            });
            line.truncate(start);
            finish(line, middle, metrics);
            output(line);
        }
    }

    /// Writes everything before the metrics' definitions.
    fn write_start<'m>(
        &self,
        line: &mut Vec<u8>,
        simple: Option<impl Iterator<Item = &'m Member>>,
        report: &mut dyn FnMut(Warning),
    ) {
        line.extend_from_slice(b"{\"_aws\":{\"Timestamp\":");
        json::write_u64(line, self.time.as_millis());
        line.extend_from_slice(b",\"CloudWatchMetrics\":[{\"Namespace\":");
        line.extend_from_slice(self.frame.namespace);
        line.extend_from_slice(b",\"Dimensions\":[");
        if let Some(simple) = simple {
            write_set(line, simple);
            return line.extend_from_slice(b"],\"Metrics\":[");
        }
        write_set(line, self.dimensions.first());
        let first = line.len();
        for set in self.dimensions.further() {
            let before = line.len();
            line.push(b',');
            write_set(line, set);
            if line.len() - first > MAX_SETS {
                line.truncate(before);
                report(Warning::TooManySets);
            }
        }
        line.extend_from_slice(b"],\"Metrics\":[");
    }

    /// Writes everything between the metrics' definitions and their values.
    fn write_middle<'m>(&self, middle: &mut Vec<u8>, simple: Option<impl Iterator<Item = &'m Member>>) {
        middle.extend_from_slice(b"]}]}");
        if let Some(level) = self.frame.level {
            middle.extend_from_slice(b",\"level\":\"");
            middle.extend_from_slice(level.as_bytes());
            middle.extend_from_slice(b"\",\"timestamp\":\"");
            middle.extend_from_slice(&self.frame.now.to_rfc3339());
            middle.push(b'"');
        }
        let mut write = |dimension: &Member| middle.extend_from_slice(dimension.bytes());
        match simple {
            Some(simple) => simple.for_each(&mut write),
            None => self.dimensions.members().for_each(&mut write),
        }
        for member in self.metadata.all().iter().filter(|member| !member.hidden) {
            middle.extend_from_slice(member.bytes());
        }
    }
}

/// Writes a set of dimensions, of which the 31st and later ones form a separate set.
fn write_set<'a>(line: &mut Vec<u8>, set: impl Iterator<Item = &'a Member>) {
    line.push(b'[');
    for (at, dimension) in set.enumerate() {
        if at > 0 {
            line.extend_from_slice(if at % MAX_DIMENSIONS == 0 { b"],[" } else { b"," });
        }
        line.extend_from_slice(dimension.key());
    }
    line.push(b']');
}

/// Writes the metrics after the start of a line.
fn finish<'m>(line: &mut Vec<u8>, middle: &[u8], metrics: impl Iterator<Item = (&'m Metric, &'m [f64])> + Clone) {
    list(line, metrics.clone(), |line, (metric, _)| {
        line.extend_from_slice(&metric.definition);
    });
    line.extend_from_slice(middle);
    for (metric, values) in metrics {
        line.extend_from_slice(&metric.member);
        if let [value] = values {
            json::write_f64(line, *value);
        } else {
            write_values(line, values);
        }
    }
    line.extend_from_slice(b"}\n");
}

/// Writes two or more values.
fn write_values(line: &mut Vec<u8>, values: &[f64]) {
    let mut before = b'[';
    for value in values {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // compared below
        let small = *value as u8;
        #[allow(clippy::float_cmp)] // exact
        let is_small = f64::from(small) == *value;
        // Most values have one or two digits, which are appended together with what is before them.
        match small {
            0..10 if is_small => line.extend_from_slice(&[before, b'0' + small]),
            10..100 if is_small => line.extend_from_slice(&[before, b'0' + small / 10, b'0' + small % 10]),
            _ => {
                line.push(before);
                json::write_f64(line, *value);
            }
        }
        before = b',';
    }
    line.push(b']');
}

/// Writes items separated by commas.
fn list<T>(line: &mut Vec<u8>, items: impl Iterator<Item = T>, mut write: impl FnMut(&mut Vec<u8>, T)) {
    for (at, item) in items.enumerate() {
        if at > 0 {
            line.push(b',');
        }
        write(line, item);
    }
}
