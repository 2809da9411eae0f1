//! Groups the errors of each function: in its log, its calls and its steps.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::facts::{Content, Entry, Facts};
use super::hotspots::label;
use super::steps::Step;
use crate::model::{ErrorGroup, ErrorKind, Mark};

type Groups = BTreeMap<(usize, ErrorKind, String, String), ErrorGroup>;

pub(super) fn all(facts: &Facts) -> Vec<ErrorGroup> {
    let mut groups = Groups::new();
    for (at, entry) in facts.entries.iter().enumerate().filter(|(_, entry)| entry.level == 5) {
        let message = message(entry);
        let name = entry.text("exception_name").unwrap_or_default().to_owned();
        let text = entry.text("exception").map_or_else(|| message.clone(), str::to_owned);
        group(&mut groups, entry.function, ErrorKind::Log, name, message, text)
            .records
            .push(at);
    }
    for (at, step) in facts
        .steps
        .all
        .iter()
        .enumerate()
        .filter(|(_, step)| step.mark.failed())
    {
        let kind = if step.is_call() {
            ErrorKind::Call
        } else {
            ErrorKind::Step
        };
        let (name, text) = cause(step);
        group(&mut groups, step.function, kind, name, label(step), text)
            .spans
            .push(at);
    }
    let told = told(facts);
    let mut groups: Vec<_> = groups.into_values().collect();
    for group in groups.iter_mut().filter(|group| group.kind != ErrorKind::Log) {
        group.told = group.spans.iter().all(|at| told.contains(&facts.steps.all[*at].trace));
    }
    groups.sort_by_key(|group| {
        (
            group.told,
            group.kind,
            std::cmp::Reverse(group.records.len() + group.spans.len()),
        )
    });
    groups
}

/// Returns the traces with an error in a log: those whose id is in the record, and those of the requests that led to them.
fn told(facts: &Facts) -> BTreeSet<usize> {
    let errors = facts.entries.iter().filter(|entry| entry.level == 5);
    let mut told: BTreeSet<_> = errors.filter_map(|entry| entry.trace).collect();
    for step in facts
        .steps
        .all
        .iter()
        .filter(|step| told.contains(&step.trace))
        .collect::<Vec<_>>()
    {
        let causes = step.links().filter_map(|(trace, _)| facts.steps.trace(trace));
        told.extend(causes.filter(|cause| facts.steps.of(*cause).iter().all(Step::is_entry)));
    }
    told
}

fn group(
    groups: &mut Groups,
    function: usize,
    kind: ErrorKind,
    name: String,
    place: String,
    text: String,
) -> &mut ErrorGroup {
    let group = groups
        .entry((function, kind, name.clone(), place.clone()))
        .or_insert_with(|| ErrorGroup {
            function,
            kind,
            name,
            place,
            text: String::new(),
            records: Vec::new(),
            spans: Vec::new(),
            told: false,
        });
    group.text = text;
    group
}

/// Returns a record's message, as JSON if it is not text.
pub(super) fn message(entry: &Entry) -> String {
    match &entry.content {
        Content::Record(record) => match record.get("message") {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        },
        Content::Plain(text) => text.clone(),
    }
}

/// Returns the name and the text of the error that made a step fail.
fn cause(step: &Step) -> (String, String) {
    let exception = &step.details["cause"]["exceptions"][0];
    let text = exception["message"].as_str().unwrap_or_default().to_owned();
    let name = exception["type"].as_str().filter(|name| !name.is_empty());
    let status = step.details["http"]["response"]["status"].as_u64();
    let name = match (name, status) {
        (Some(name), _) => name.to_owned(),
        (None, Some(status)) => format!("HTTP {status}"),
        (None, None) => Mark(step.mark.0 & !Mark::OPEN).word().unwrap_or_default().to_owned(),
    };
    (name, text)
}
