//! [`Facts`]: the telemetry, with the function and the trace of each record and each step.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use powertools_telemetry::emf::{self, Identity};
use powertools_telemetry::{Forest, Line, LineKind, Object, Platform, Telemetry};

use super::steps::{Step, Steps};
use crate::model::Kind;
use crate::time;

/// A line of a log that the report shows.
pub(super) struct Entry {
    pub(super) at: i64,
    pub(super) level: u8,
    pub(super) function: usize,
    pub(super) trace: Option<usize>,
    pub(super) content: Content,
}

pub(super) enum Content {
    Record(Object),
    Plain(String),
}

impl Entry {
    /// Returns a key of the record that is text.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        match &self.content {
            Content::Record(record) => record.text(key),
            Content::Plain(_) => None,
        }
    }

    pub(super) fn is_cold(&self) -> bool {
        matches!(&self.content, Content::Record(record) if record["cold_start"] == true)
    }
}

/// A value of a metric.
pub(super) struct Observation {
    pub(super) at: i64,
    pub(super) function: usize,
    pub(super) value: f64,
}

#[derive(Default)]
pub(super) struct Facts {
    /// The names, sorted.
    pub(super) functions: Vec<String>,
    /// The entries, in order of time.
    pub(super) entries: Vec<Entry>,
    pub(super) steps: Steps,
    pub(super) metrics: BTreeMap<Identity, Vec<Observation>>,
    pub(super) platform: Vec<(usize, Platform)>,
    pub(super) unread: usize,
}

impl Facts {
    pub(super) fn of(telemetry: Telemetry) -> Self {
        let mut steps = Steps::new(&Forest::of(&telemetry.segments));
        let mut logs: Vec<_> = telemetry
            .logs
            .into_iter()
            .map(|(name, lines)| Log::of(name, lines))
            .collect();
        let owners = Owners::of(&logs, &steps);
        let names: Vec<_> = owners.names(&steps);
        let mut functions: Vec<_> = logs
            .iter()
            .map(|log| log.name.clone())
            .chain(names.iter().cloned())
            .collect();
        functions.sort();
        functions.dedup();
        let index = |name: &String| functions.binary_search(name).unwrap_or_default();
        for (step, name) in steps.all.iter_mut().zip(&names) {
            step.function = index(name);
        }
        let mut facts = Self {
            unread: telemetry.unread.len(),
            ..Self::default()
        };
        let fallback = steps.all.iter().map(|step| step.begin).min();
        for log in &mut logs {
            facts.add(log, index(&log.name), &steps, fallback);
        }
        facts.entries.sort_by_key(|entry| entry.at);
        facts.functions = functions;
        facts.steps = steps;
        facts
    }

    fn add(&mut self, log: &mut Log, function: usize, steps: &Steps, fallback: Option<i64>) {
        let known = log
            .entries
            .iter()
            .find_map(|(at, _)| *at)
            .or(fallback)
            .unwrap_or_default();
        let mut last = known;
        for (at, line) in log.entries.drain(..) {
            last = at.unwrap_or(last);
            match line.kind {
                LineKind::Record(level, record) => self.entries.push(Entry {
                    at: last,
                    level: level.number(),
                    function,
                    trace: record.text("xray_trace_id").and_then(|id| steps.trace(id)),
                    content: Content::Record(record),
                }),
                LineKind::Other(_) => self.entries.push(Entry {
                    at: last,
                    level: 0,
                    function,
                    trace: None,
                    content: Content::Plain(line.text),
                }),
                LineKind::Emf(document) => self.count(&document, last, function),
                LineKind::Platform(platform, _) => self.platform.push((function, platform)),
                LineKind::Blank => {}
            }
        }
    }

    /// Adds the values of a document, except those that are not finite numbers.
    fn count(&mut self, document: &Object, at: i64, function: usize) {
        for metric in emf::metrics(document) {
            let numbers = metric.values.into_iter().filter(|value| value.is_finite());
            let observations = numbers.map(|value| Observation { at, function, value });
            self.metrics.entry(metric.identity).or_default().extend(observations);
        }
    }
}

/// The log of a function; each line with its own time, if it has one.
struct Log {
    name: String,
    entries: Vec<(Option<i64>, Line)>,
}

impl Log {
    fn of(name: String, lines: Vec<Line>) -> Self {
        let entries = lines.into_iter().map(|line| {
            let at = match &line.kind {
                LineKind::Record(_, record) => record.text("timestamp").and_then(time::micros),
                LineKind::Emf(document) => emf::timestamp(document).and_then(|at| at.checked_mul(1_000)),
                _ => None,
            };
            (at, line)
        });
        Self {
            name,
            entries: entries.collect(),
        }
    }

    fn records(&self) -> impl Iterator<Item = (Option<i64>, &Object)> {
        self.entries.iter().filter_map(|(at, line)| match &line.kind {
            LineKind::Record(_, record) => Some((*at, record)),
            _ => None,
        })
    }
}

/// The function that wrote a record, the time, and the service.
type Logged<'a> = (&'a str, Option<i64>, &'a str);

/// Finds the function of each step. A document does not name the function that wrote it; the logs and the tree show it.
struct Owners<'a> {
    /// The function by the id of its segment, as Lambda reports it.
    segments: HashMap<&'a str, &'a str>,
    /// By trace: the functions that logged in it, the time, and the service.
    traces: HashMap<usize, Vec<Logged<'a>>>,
    /// The functions by service.
    services: HashMap<&'a str, BTreeSet<&'a str>>,
    /// Functions with invocations that logged nothing, and the times when these may have run: those of metrics, in order.
    silent: Vec<(&'a str, Vec<i64>)>,
}

/// The name of an unknown function.
const NOBODY: &str = "(unknown function)";

/// How long after its end a handler's metrics may be written, in microseconds.
const AFTER: i64 = 50_000;

impl<'a> Owners<'a> {
    fn of(logs: &'a [Log], steps: &Steps) -> Self {
        let mut owners = Self {
            segments: HashMap::new(),
            traces: HashMap::new(),
            services: HashMap::new(),
            silent: Vec::new(),
        };
        for log in logs {
            let mut requests = BTreeSet::new();
            let mut metrics = Vec::new();
            for (at, line) in &log.entries {
                match &line.kind {
                    LineKind::Platform(platform, _) => {
                        owners.reported(&log.name, platform, steps);
                        requests.extend(platform.request.as_deref());
                    }
                    LineKind::Emf(_) => metrics.extend(*at),
                    _ => {}
                }
            }
            for (_, record) in log.records() {
                requests.remove(record.text("function_request_id").unwrap_or_default());
            }
            if !requests.is_empty() {
                metrics.sort_unstable();
                owners.silent.push((&log.name, metrics));
            }
            for (at, record) in log.records() {
                let service = record.text("service").unwrap_or_default();
                owners.services.entry(service).or_default().insert(&log.name);
                if let Some(trace) = record.text("xray_trace_id").and_then(|id| steps.trace(id)) {
                    owners.traces.entry(trace).or_default().push((&log.name, at, service));
                }
            }
        }
        owners
    }

    fn reported(&mut self, name: &'a str, platform: &'a Platform, steps: &Steps) {
        if let Some(id) = &platform.segment {
            self.segments.insert(id, name);
        }
        if let Some(trace) = platform.trace.as_deref().and_then(|id| steps.trace(id)) {
            self.traces.entry(trace).or_default().push((name, None, ""));
        }
    }

    /// Returns the name of each step's function.
    fn names(&self, steps: &Steps) -> Vec<String> {
        let mut names = Vec::<String>::with_capacity(steps.all.len());
        for step in &steps.all {
            let up = step.up.map(|up| &steps.all[up]);
            let name = match (step.up, up) {
                // A segment has its function's name; the steps within one belong to the same function.
                _ if step.is_function() => step.name.clone(),
                _ if step.is_entry() => NOBODY.to_owned(),
                (Some(at), Some(up))
                    if !up.is_entry() && (!step.is_handler() || up.kind == Kind::Segment || !leaves(steps, up)) =>
                {
                    names[at].clone()
                }
                _ => self.owner(step),
            };
            names.push(name);
        }
        // An entry segment belongs to the function that it called: the step in it, or the one linked to it.
        for (at, step) in steps.all.iter().enumerate() {
            let linked = step
                .links()
                .filter_map(|(trace, id)| steps.step(steps.trace(trace)?, id));
            for entry in linked.chain(step.up).filter(|entry| steps.all[*entry].is_entry()) {
                names[entry] = names[at].clone();
            }
        }
        names
    }

    fn owner(&self, step: &Step) -> String {
        if let Some(name) = step.parent.as_deref().and_then(|parent| self.segments.get(parent)) {
            return (*name).to_owned();
        }
        // OpenTelemetry's spans name it.
        if let Some(name) = step.details["resource"]["faas.name"].as_str() {
            return name.to_owned();
        }
        let service = step.details["annotations"]["Service"].as_str();
        let logged = self.traces.get(&step.trace).map_or(&[][..], Vec::as_slice);
        let serves = |other: &str| service.is_none_or(|service| service == other);
        // Timestamps of records are truncated to milliseconds, those of steps are not.
        let during = |at: Option<i64>| at.is_some_and(|at| step.begin - 1_000 <= at && at <= step.end + 1_000);
        let mut votes = BTreeMap::<&str, (bool, usize)>::new();
        for (name, at, other) in logged {
            let (same, count) = votes.entry(name).or_default();
            *same |= serves(other);
            *count += usize::from(during(*at));
        }
        if let Some((name, _)) = votes.into_iter().max_by_key(|(_, vote)| *vote) {
            return name.to_owned();
        }
        if let Some(name) = self.silent(step) {
            return name.to_owned();
        }
        let one = service
            .and_then(|service| self.services.get(service))
            .filter(|names| names.len() == 1);
        let one = one.and_then(|names| names.first().copied());
        one.or(service).unwrap_or(NOBODY).to_owned()
    }

    /// Returns the only function that can have been invoked at that time without a record.
    fn silent(&self, step: &Step) -> Option<&'a str> {
        let counted = |times: &[i64]| {
            let next = times.partition_point(|at| *at < step.begin - 1_000);
            times.get(next).is_some_and(|at| *at <= step.end + AFTER)
        };
        let mut during = self.silent.iter().filter(|(_, times)| counted(times));
        match (during.next(), during.next(), self.silent.as_slice()) {
            (Some((name, _)), None, _) | (None, _, [(name, _)]) => Some(name),
            _ => None,
        }
    }
}

/// Returns whether the steps below this one may belong to another function: it is a call, or below one.
fn leaves(steps: &Steps, step: &Step) -> bool {
    let mut at = Some(step);
    while let Some(step) = at {
        if step.is_call() {
            return true;
        }
        if step.is_handler() {
            return false;
        }
        at = step.up.map(|up| &steps.all[up]);
    }
    true
}
