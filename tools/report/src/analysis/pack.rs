//! Packs traces, spans, records and metrics into the rows of the model.

use std::collections::{BTreeSet, HashMap};

use powertools_telemetry::Level;
use powertools_telemetry::emf::Identity;
use serde_json::{Map, Value};

use super::facts::{Content, Entry, Facts, Observation};
use super::handovers;
use super::steps::Steps;
use crate::model::{Mark, Model, Point, Record, Series, Span, Trace};
use crate::time::timestamp;

/// Keys whose values are shared by many records.
const CONTEXT: [&str; 5] = [
    "service",
    "function_name",
    "function_arn",
    "function_memory_size",
    "sampling_rate",
];

/// Returns the time of the first event, and the time from there to the last one.
pub(super) fn period(facts: &Facts) -> (i64, i64) {
    let steps = facts.steps.all.iter().flat_map(|step| [step.begin, step.end]);
    let entries = facts.entries.iter().map(|entry| entry.at);
    let values = facts.metrics.values().flatten().map(|value| value.at);
    let times = || steps.clone().chain(entries.clone()).chain(values.clone());
    let begin = times().min().unwrap_or_default();
    (begin, times().max().unwrap_or_default() - begin)
}

pub(super) fn rows(facts: Facts, model: &mut Model) {
    let mut strings = Strings::default();
    model.traces = traces(&facts.steps, model.begin);
    model.metrics = facts
        .metrics
        .into_iter()
        .map(|(identity, values)| series(identity, values, model.begin))
        .collect();
    model.spans = facts
        .steps
        .all
        .into_iter()
        .map(|step| Span {
            id: step.id,
            parent: step.parent.filter(|_| step.up.is_none()),
            depth: step.depth,
            name: strings.index(step.name),
            at: step.begin - model.begin,
            duration: step.end - step.begin,
            kind: step.kind,
            mark: step.mark,
            function: step.function,
            details: step.details,
        })
        .collect();
    model.records = facts
        .entries
        .into_iter()
        .map(|entry| record(entry, model, &mut strings))
        .collect();
    model.strings = strings.all;
}

fn traces(steps: &Steps, begin: i64) -> Vec<Trace> {
    let trace = |(at, range): (usize, &super::steps::Range)| {
        let own = steps.of(at);
        let first = own.iter().map(|step| step.begin).min().unwrap_or_default();
        let last = own.iter().map(|step| step.end).max().unwrap_or_default();
        let mut functions = Vec::new();
        for step in own {
            if !functions.contains(&step.function) {
                functions.push(step.function);
            }
        }
        let mut seen = BTreeSet::new();
        let links = own.iter().flat_map(|step| step.links().map(move |link| (step, link)));
        let causes = links.filter_map(|(step, (trace, id))| {
            let cause = steps.trace(trace).filter(|cause| *cause != at)?;
            let sent = handovers::cause(steps, step, cause, id).unwrap_or(steps.traces[cause].first);
            seen.insert(cause).then(|| (cause, step.begin - steps.all[sent].end))
        });
        Trace {
            id: range.id.clone(),
            at: first - begin,
            duration: last - first,
            first: range.first,
            spans: range.count,
            mark: Mark(own.iter().fold(0, |marks, step| marks | step.mark.0)),
            causes: causes.collect(),
            functions,
        }
    };
    steps.traces.iter().enumerate().map(trace).collect()
}

fn series(identity: Identity, mut values: Vec<Observation>, begin: i64) -> Series {
    values.sort_by_key(|value| value.at);
    let functions: BTreeSet<_> = values.iter().map(|value| value.function).collect();
    Series {
        namespace: identity.namespace,
        name: identity.name,
        unit: identity.unit,
        dimensions: identity.dimensions,
        functions: functions.into_iter().collect(),
        points: values
            .into_iter()
            .map(|Observation { at, value, .. }| Point { at: at - begin, value })
            .collect(),
    }
}

fn record(entry: Entry, model: &Model, strings: &mut Strings) -> Record {
    let mut row = Record {
        at: entry.at - model.begin,
        level: entry.level,
        function: entry.function,
        trace: entry.trace,
        correlation: None,
        context: None,
        text: String::new(),
    };
    match entry.content {
        Content::Plain(text) => row.text = text,
        Content::Record(record) => {
            let mut record = Map::from(record);
            // Skips what the row already contains.
            take_if(
                &mut record,
                "level",
                Level::from_number(entry.level).map_or("", Level::name),
            );
            match record.get("timestamp") {
                Some(_) => take_if(&mut record, "timestamp", &timestamp(entry.at)),
                None => _ = record.insert("timestamp".into(), Value::Null),
            }
            if let Some(trace) = entry.trace {
                take_if(&mut record, "xray_trace_id", &model.traces[trace].id);
            }
            if let Some(Value::String(id)) = record.get("correlation_id") {
                row.correlation = Some(strings.index(id.clone()));
                record.shift_remove("correlation_id");
            }
            let mut context = Map::new();
            for key in CONTEXT {
                if let Some((key, value)) = record.shift_remove_entry(key) {
                    context.insert(key, value);
                }
            }
            if !context.is_empty() {
                row.context = Some(strings.index(Value::Object(context).to_string()));
            }
            row.text = Value::Object(record).to_string();
        }
    }
    row
}

fn take_if(record: &mut Map<String, Value>, key: &str, text: &str) {
    if record.get(key).is_some_and(|value| value == text) {
        record.shift_remove(key);
    }
}

/// A set of texts with an index for each.
#[derive(Default)]
struct Strings {
    all: Vec<String>,
    indexes: HashMap<String, usize>,
}

impl Strings {
    fn index(&mut self, text: String) -> usize {
        let next = self.all.len();
        *self.indexes.entry(text).or_insert_with_key(|text| {
            self.all.push(text.clone());
            next
        })
    }
}
