//! Embedded Metric Format: a document becomes one line, or as many as its limits ask for.
//!
//! See [the specification](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).

use powertools_lambda_core::{Output, Timestamp, json};

use crate::document::{Dimension, Document, MAX_DIMENSIONS, Problem};
use crate::store::Metric;

/// A directive takes 100 metrics.
const MAX_METRICS: usize = 100;

/// A metric takes 100 values in one document.
const MAX_VALUES: usize = 100;

/// The longest line: CloudWatch Logs takes 1 MB, but what Lambda does to a line beyond 256 KB is not documented.
const MAX_LINE: usize = 256 * 1_024;

/// The longest value, `-1.7976931348623157e308` and its comma, with room.
const MAX_VALUE: usize = 26;

/// What stands in every document of a [`Metrics`](crate::Metrics).
pub(crate) struct Frame {
    /// As a JSON string.
    pub(crate) namespace: Vec<u8>,
    pub(crate) service: Option<Dimension>,
    /// Where Lambda's log level would drop the line: `,"level":"…"`; a timestamp is written beside it.
    pub(crate) level: Option<&'static str>,
}

/// Writes the document's lines and empties it; tells what it had to leave out.
pub(crate) fn flush(
    document: &mut Document,
    frame: &Frame,
    now: Timestamp,
    output: &Output,
    mut problem: impl FnMut(Problem),
) {
    if document.values > 0 {
        let mut line = std::mem::take(&mut document.line);
        let writer = Writer::new(document, frame, now);
        writer.report(&mut problem);
        let metrics = writer.metrics();
        let fits = metrics.clone().all(|metric| metric.values.len() <= MAX_VALUES)
            && metrics.clone().count() <= MAX_METRICS
            && metrics
                .clone()
                .map(|metric| size(metric, metric.values.len()))
                .sum::<usize>()
                <= writer.room();
        if fits {
            writer.write(&mut line, metrics.map(|metric| (metric, &metric.values[..])), output);
        } else {
            let parts: Vec<&Metric> = metrics.collect();
            for document in split(&parts, writer.room()) {
                let values = document.iter().map(|part| {
                    let metric = parts[part.metric];
                    (metric, &metric.values[part.from..part.to])
                });
                writer.write(&mut line, values, output);
            }
        }
        document.line = line;
    }
    document.clear();
}

struct Writer<'a> {
    document: &'a Document,
    frame: &'a Frame,
    /// The service, unless the document has a dimension of that name or no room for it.
    service: Option<&'a Dimension>,
    now: Timestamp,
}

impl<'a> Writer<'a> {
    fn new(document: &'a Document, frame: &'a Frame, now: Timestamp) -> Self {
        let service = frame.service.as_ref().filter(|service| {
            document.dimensions.len() < MAX_DIMENSIONS && document.dimensions.iter().all(|own| own.key != service.key)
        });
        Self {
            document,
            frame,
            service,
            now,
        }
    }

    fn dimensions(&self) -> impl Iterator<Item = &'a Dimension> + Clone + use<'a> {
        self.document.dimensions.iter().chain(self.service)
    }

    /// Returns the metrics with values; one that is named like a dimension or like what we write ourselves is left out.
    fn metrics(&self) -> impl Iterator<Item = &'a Metric> + Clone {
        let live = self
            .document
            .store
            .metrics()
            .iter()
            .filter(|metric| !metric.values.is_empty());
        live.filter(|metric| self.hides(metric.name()).is_none())
    }

    /// Returns what takes this name before a metric.
    fn hides(&self, name: &str) -> Option<&'static str> {
        if name == "_aws" || self.frame.level.is_some() && matches!(name, "level" | "timestamp") {
            Some("member of the format")
        } else if self.dimensions().any(|dimension| dimension.key == name) {
            Some("dimension")
        } else {
            None
        }
    }

    /// Returns what takes this key before metadata.
    fn hides_metadata(&self, key: &str) -> Option<&'static str> {
        self.hides(key).or_else(|| {
            let is_metric = self.metrics().any(|metric| metric.name() == key);
            is_metric.then_some("metric")
        })
    }

    fn report(&self, problem: &mut impl FnMut(Problem)) {
        let mut hidden = |key: &str, by: Option<&'static str>| {
            if let Some(by) = by {
                let key = key.to_owned();
                problem(Problem::Hidden { key, by });
            }
        };
        for metric in self.document.store.metrics() {
            if !metric.values.is_empty() {
                hidden(metric.name(), self.hides(metric.name()));
            }
        }
        for metadata in &self.document.metadata {
            hidden(&metadata.key, self.hides_metadata(&metadata.key));
        }
    }

    /// Returns how many bytes of a line are left for metrics.
    fn room(&self) -> usize {
        let dimensions: usize = self.dimensions().map(|dimension| 2 * dimension.member.len()).sum();
        let metadata: usize = self
            .document
            .metadata
            .iter()
            .map(|metadata| metadata.member.len())
            .sum();
        MAX_LINE.saturating_sub(256 + self.frame.namespace.len() + dimensions + metadata)
    }

    fn write<'m>(
        &self,
        line: &mut Vec<u8>,
        metrics: impl Iterator<Item = (&'m Metric, &'m [f64])> + Clone,
        output: &Output,
    ) {
        line.clear();
        line.extend_from_slice(b"{\"_aws\":{\"Timestamp\":");
        json::write_u64(line, self.now.as_millis());
        line.extend_from_slice(b",\"CloudWatchMetrics\":[{\"Namespace\":");
        line.extend_from_slice(&self.frame.namespace);
        line.extend_from_slice(b",\"Dimensions\":[[");
        list(line, self.dimensions(), |line, dimension| {
            json::write_str(line, &dimension.key);
        });
        line.extend_from_slice(b"]],\"Metrics\":[");
        list(line, metrics.clone(), |line, (metric, _)| {
            line.extend_from_slice(&metric.definition);
        });
        line.extend_from_slice(b"]}]}");
        if let Some(level) = self.frame.level {
            line.extend_from_slice(b",\"level\":\"");
            line.extend_from_slice(level.as_bytes());
            line.extend_from_slice(b"\",\"timestamp\":\"");
            line.extend_from_slice(&self.now.to_rfc3339());
            line.push(b'"');
        }
        for dimension in self.dimensions() {
            line.extend_from_slice(&dimension.member);
        }
        for metadata in &self.document.metadata {
            if self.hides_metadata(&metadata.key).is_none() {
                line.extend_from_slice(&metadata.member);
            }
        }
        for (metric, values) in metrics {
            line.extend_from_slice(&metric.key);
            if let [value] = values {
                json::write_f64(line, *value);
            } else {
                line.push(b'[');
                list(line, values.iter(), |line, value| json::write_f64(line, *value));
                line.push(b']');
            }
        }
        line.extend_from_slice(b"}\n");
        output.write_line(line);
    }
}

/// Writes items with commas between them.
fn list<T>(line: &mut Vec<u8>, items: impl Iterator<Item = T>, mut write: impl FnMut(&mut Vec<u8>, T)) {
    for (at, item) in items.enumerate() {
        if at > 0 {
            line.push(b',');
        }
        write(line, item);
    }
}

/// Returns the most that a metric with this many values takes of a line.
fn size(metric: &Metric, values: usize) -> usize {
    metric.definition.len() + metric.key.len() + 4 + values * MAX_VALUE
}

/// Some values of a metric.
#[derive(Clone, Copy)]
struct Part {
    metric: usize,
    from: usize,
    to: usize,
}

/// Deals the metrics' values to the fewest documents that the limits allow.
///
/// A metric with many values needs a document for each 100 of them, so each document takes those first that have the
/// most left.
fn split(metrics: &[&Metric], room: usize) -> Vec<Vec<Part>> {
    let mut written = vec![0; metrics.len()];
    let mut documents = Vec::new();
    loop {
        let left = |metric: usize, written: &[usize]| metrics[metric].values.len() - written[metric];
        let mut open: Vec<usize> = (0..metrics.len())
            .filter(|&metric| left(metric, &written) > 0)
            .collect();
        if open.is_empty() {
            return documents;
        }
        open.sort_by_key(|&metric| std::cmp::Reverse(left(metric, &written).div_ceil(MAX_VALUES)));
        let (mut document, mut used) = (Vec::new(), 0);
        for metric in open {
            let values = left(metric, &written).min(MAX_VALUES);
            let size = size(metrics[metric], values);
            if document.len() == MAX_METRICS || !document.is_empty() && used + size > room {
                break;
            }
            let from = written[metric];
            written[metric] += values;
            used += size;
            document.push(Part {
                metric,
                from,
                to: from + values,
            });
        }
        // In the order in which they were added, as in a document that is not split.
        document.sort_by_key(|part| part.metric);
        documents.push(document);
    }
}
