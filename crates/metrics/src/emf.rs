//! Embedded Metric Format: a document becomes one line, or as many as its limits ask for.
//!
//! See [the specification](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).

use powertools_lambda_core::{Timestamp, json};

use crate::dimensions::{Dimensions, MAX_DIMENSIONS};
use crate::document::{Document, Scratch};
use crate::members::{Member, Members};
use crate::problem::Problem;
use crate::split::{fits, split};
use crate::store::{Metric, Store};

/// The longest line: a CloudWatch Logs event of 256 KB, less the 26 bytes that are counted for each.
///
/// CloudWatch Logs takes 1 MB today; what Lambda does to a line beyond 256 KB is not documented.
const MAX_LINE: usize = 256 * 1_024 - 26;

/// How many bytes of a line further dimension sets take.
const MAX_SETS: usize = 16 * 1_024;

/// What stands in every document of a [`Metrics`](crate::Metrics).
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    /// As a JSON string.
    pub(crate) namespace: &'a [u8],
    pub(crate) defaults: &'a Members,
    pub(crate) service: Option<&'a Member>,
    /// Where Lambda's log level would drop the line: the level that passes; a timestamp is written beside it.
    pub(crate) level: Option<&'static str>,
    pub(crate) now: Timestamp,
}

/// Writes the document's lines; tells what it had to leave out. The values are still to be cleared.
pub(crate) fn write(
    document: &mut Document,
    frame: &Frame<'_>,
    report: &mut dyn FnMut(Problem),
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
        let set = DimensionsOfLine {
            dimensions,
            labels,
            frame,
        };
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

/// Marks what has the name of something that goes before it: dimension before metric before metadata.
fn hide(store: &mut Store, dimensions: &DimensionsOfLine<'_>, metadata: &mut Members, report: &mut dyn FnMut(Problem)) {
    let mut hidden = |key: &[u8], by| {
        let key = String::from_utf8_lossy(key).into_owned();
        report(Problem::Hidden { key, by });
    };
    let keys = dimensions.keys();
    for metric in store
        .metrics_mut()
        .iter_mut()
        .filter(|metric| !metric.values.is_empty())
    {
        metric.hidden = keys.may_have(metric.key()) && dimensions.contains(metric.key());
        if metric.hidden {
            hidden(metric.key(), "dimension");
        }
    }
    for member in metadata.all_mut() {
        let is_metric = |metric: &Metric| metric.is_shown() && metric.key() == member.key();
        let by = if keys.may_have(member.key()) && dimensions.contains(member.key()) {
            Some("dimension")
        } else if store.metrics().iter().any(is_metric) {
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
        report(Problem::TooManyDimensions);
    }
}

/// All dimensions of a line: those of the document, of its labels, the defaults and the service.
#[derive(Clone, Copy)]
struct DimensionsOfLine<'a> {
    dimensions: &'a Dimensions,
    labels: &'a Members,
    frame: &'a Frame<'a>,
}

impl<'a> DimensionsOfLine<'a> {
    /// Returns the one set there is, where there is nothing but it and the service: nearly always.
    fn simple(self) -> Option<impl Iterator<Item = &'a Member> + Clone> {
        let is_simple =
            self.labels.all().is_empty() && self.frame.defaults.all().is_empty() && self.dimensions.set_count() == 0;
        is_simple.then(|| {
            let own = self.dimensions.members();
            let service = self.frame.service.filter(|service| !own.contains(service.key()));
            own.all().iter().chain(service)
        })
    }

    /// Returns the most dimensions there can be.
    fn most(self) -> usize {
        let members = [self.dimensions.members(), self.labels, self.frame.defaults];
        1 + members.map(|members| members.all().len()).iter().sum::<usize>()
    }

    fn keys(self) -> Keys {
        let mut keys = Keys(0);
        for members in [self.dimensions.members(), self.labels, self.frame.defaults] {
            for member in members.all() {
                keys = keys.with(member.key());
            }
        }
        self.frame.service.map_or(keys, |service| keys.with(service.key()))
    }

    /// Returns the first set: the defaults, what was set, the labels, the service.
    fn first(self) -> impl Iterator<Item = &'a Member> + Clone {
        let service = self.frame.service.map(|service| self.valued(service));
        let before = self.with_defaults(self.dimensions.own());
        let is_new = move |member: &&Member| {
            let key = member.key();
            !self.labels.contains(key)
                && !self.frame.defaults.contains(key)
                && self.dimensions.own().all(|own| own.key() != key)
        };
        before.chain(service.filter(is_new))
    }

    /// Returns the further sets: the defaults, what was given, the labels.
    fn further(self) -> impl Iterator<Item = impl Iterator<Item = &'a Member> + Clone> {
        let set = move |at| self.with_defaults(self.dimensions.set_at(at));
        let count = self.dimensions.set_count();
        // With the defaults, sets that were different may be the same.
        let is_new = move |at: &usize| {
            !is_same(set(*at), &self.first()) && (0..*at).all(|before| !is_same(set(*at), &set(before)))
        };
        (0..count).filter(is_new).map(set)
    }

    /// Returns every member, each once.
    fn members(self) -> impl Iterator<Item = &'a Member> + Clone {
        let first = self.first();
        let others = self.dimensions.not_own().filter(move |member| {
            let key = member.key();
            let is_service = self.frame.service.is_some_and(|service| service.key() == key);
            !is_service && !self.labels.contains(key) && !self.frame.defaults.contains(key)
        });
        first.chain(others)
    }

    fn contains(self, key: &[u8]) -> bool {
        self.dimensions.members().contains(key)
            || self.labels.contains(key)
            || self.frame.defaults.contains(key)
            || self.frame.service.is_some_and(|service| service.key() == key)
    }

    fn with_defaults(self, set: impl Iterator<Item = &'a Member> + Clone) -> impl Iterator<Item = &'a Member> + Clone {
        let defaults = self
            .frame
            .defaults
            .all()
            .iter()
            .map(move |default| self.valued(default));
        let is_default = move |member: &Member| self.frame.defaults.contains(member.key());
        let set = set.filter(move |member| !is_default(member) && !self.labels.contains(member.key()));
        let labels = self.labels.all().iter().filter(move |label| !is_default(label));
        defaults.chain(set).chain(labels)
    }

    /// Returns the member that gives this key its value in the line.
    fn valued(self, member: &'a Member) -> &'a Member {
        let label = self.labels.get(member.key());
        label
            .or_else(|| self.dimensions.members().get(member.key()))
            .unwrap_or(member)
    }
}

/// A mark for each key: most names are told from them without a comparison.
#[derive(Clone, Copy)]
struct Keys(u64);

impl Keys {
    fn with(self, key: &[u8]) -> Self {
        Self(self.0 | Self::mark(key))
    }

    fn may_have(self, key: &[u8]) -> bool {
        self.0 & Self::mark(key) != 0
    }

    fn mark(key: &[u8]) -> u64 {
        let first = key.get(1).copied().unwrap_or_default();
        1 << ((key.len() + 7 * usize::from(first)) % 64)
    }
}

fn is_same<'a>(a: impl Iterator<Item = &'a Member> + Clone, b: &(impl Iterator<Item = &'a Member> + Clone)) -> bool {
    let (count, mut rest) = (a.clone().count(), a);
    count == b.clone().count() && rest.all(|a| b.clone().any(|b| a.key() == b.key()))
}

struct Line<'a> {
    dimensions: DimensionsOfLine<'a>,
    metadata: &'a Members,
    time: Timestamp,
    frame: &'a Frame<'a>,
}

impl Line<'_> {
    /// Writes the metrics that are shown, in as few lines as they fit.
    fn write_all(
        &self,
        store: &Store,
        scratch: &mut Scratch,
        report: &mut dyn FnMut(Problem),
        output: &mut dyn FnMut(&[u8]),
    ) {
        let Scratch { line, middle } = scratch;
        line.clear();
        middle.clear();
        self.write_start(line, report);
        self.write_middle(middle);
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
    fn write_start(&self, line: &mut Vec<u8>, report: &mut dyn FnMut(Problem)) {
        line.extend_from_slice(b"{\"_aws\":{\"Timestamp\":");
        json::write_u64(line, self.time.as_millis());
        line.extend_from_slice(b",\"CloudWatchMetrics\":[{\"Namespace\":");
        line.extend_from_slice(self.frame.namespace);
        line.extend_from_slice(b",\"Dimensions\":[");
        if let Some(simple) = self.dimensions.simple() {
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
                report(Problem::TooManySets);
            }
        }
        line.extend_from_slice(b"],\"Metrics\":[");
    }

    /// Writes everything between the metrics' definitions and their values.
    fn write_middle(&self, middle: &mut Vec<u8>) {
        middle.extend_from_slice(b"]}]}");
        if let Some(level) = self.frame.level {
            middle.extend_from_slice(b",\"level\":\"");
            middle.extend_from_slice(level.as_bytes());
            middle.extend_from_slice(b"\",\"timestamp\":\"");
            middle.extend_from_slice(&self.frame.now.to_rfc3339());
            middle.push(b'"');
        }
        let mut write = |dimension: &Member| middle.extend_from_slice(dimension.bytes());
        match self.dimensions.simple() {
            Some(simple) => simple.for_each(&mut write),
            None => self.dimensions.members().for_each(&mut write),
        }
        for member in self.metadata.all().iter().filter(|member| !member.hidden) {
            middle.extend_from_slice(member.bytes());
        }
    }
}

/// Writes a set of dimensions; the 31st and those behind it are a set of their own.
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

/// Writes the metrics behind the start of a line.
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
            line.push(b'[');
            list(line, values.iter(), |line, value| json::write_f64(line, *value));
            line.push(b']');
        }
    }
    line.extend_from_slice(b"}\n");
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
