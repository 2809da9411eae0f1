//! Checks that the page of a run has everything that functions wrote, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use powertools_telemetry::emf::Metric;
use powertools_telemetry::{Capture, Telemetry};
use report::Model;
use serde_json::Value;

use crate::json::text;
use crate::{report as command, workspace};

/// Saves a run in [`folder`], as the demo does, and returns the model that is read back from its page.
pub(super) fn of(capture: &Capture, name: &str) -> Result<Model> {
    let folder = folder(name)?;
    capture.save(&folder)?;
    let page = report::page::write(&command::read(&folder)?)?;
    std::fs::write(folder.join("report.html"), &page)?;
    report::page::read(&page)
}

/// The description of [`is_whole`].
pub(super) const WHOLE: &str = "the page has everything that was written, and nothing else";

/// Fails if something is missing or was not written.
pub(super) fn is_whole(model: &Model, capture: &Capture) -> Result<()> {
    let telemetry = capture.read();
    documents(model, &telemetry)?;
    records(model, &telemetry)?;
    metrics(model, &telemetry)?;
    errors(model)?;
    ensure!(model.unread == 0, "{} lines or documents were not read", model.unread);
    Ok(())
}

/// Returns the folder in which a run is saved.
pub(super) fn folder(name: &str) -> Result<PathBuf> {
    Ok(workspace::target()?.join("end-to-end").join(name))
}

/// Checks that each document is complete and in its trace.
fn documents(model: &Model, telemetry: &Telemetry) -> Result<()> {
    let written = telemetry.segments.iter().map(|segment| {
        let place = (segment.trace_id().to_owned(), segment.id().to_owned());
        (place, Value::from(segment.document().clone()))
    });
    let written: BTreeMap<_, _> = written.collect();
    for trace in &model.traces {
        for at in 0..trace.spans {
            let shown = model.document(trace, at);
            let written = written.get(&(text(&shown["trace_id"]), text(&shown["id"])));
            let written = written.with_context(|| format!("no function wrote {shown}"))?;
            ensure!(*written == shown, "{written} is shown as {shown}");
        }
    }
    ensure!(
        model.spans.len() == written.len(),
        "{} of {} documents are shown",
        model.spans.len(),
        written.len()
    );
    Ok(())
}

/// Checks that each record, and each line that is not a record, is complete.
fn records(model: &Model, telemetry: &Telemetry) -> Result<()> {
    let shown = model.records.iter().map(|record| match model.record(record) {
        Some(whole) => sorted(whole),
        None => record.text.clone(),
    });
    let written = telemetry.records().map(|record| sorted(record.clone().into()));
    same("record", shown, written.chain(telemetry.unknown().map(str::to_owned)))
}

/// Checks each value of each metric, with its dimensions.
fn metrics(model: &Model, telemetry: &Telemetry) -> Result<()> {
    let line = |namespace: &str, name: &str, unit: &str, dimensions: &[(String, String)], value: f64| {
        let dimensions: BTreeSet<_> = dimensions.iter().collect();
        format!("{namespace} {name} {unit} {dimensions:?} {value}")
    };
    let shown = model.metrics.iter().flat_map(|series| {
        let values = series.points.iter().map(|point| point.value);
        values.map(|value| line(&series.namespace, &series.name, &series.unit, &series.dimensions, value))
    });
    let metrics: Vec<_> = telemetry.metrics().collect();
    let written = metrics.iter().flat_map(|metric| {
        let Metric { identity, values } = metric;
        values.iter().map(|value| {
            line(
                &identity.namespace,
                &identity.name,
                &identity.unit,
                &identity.dimensions,
                *value,
            )
        })
    });
    same("value", shown, written)
}

/// Checks that each ERROR record and each failed step is in exactly one group of errors.
fn errors(model: &Model) -> Result<()> {
    let in_groups = |of: fn(&report::ErrorGroup) -> &Vec<usize>| {
        let all = model.errors.iter().flat_map(of);
        all.map(ToString::to_string).collect::<Vec<_>>()
    };
    let of_level = |(at, record)| {
        model
            .record(record)
            .is_some_and(|record| record["level"] == "ERROR")
            .then_some(at)
    };
    let records = model.records.iter().enumerate().filter_map(of_level);
    same(
        "error in the log",
        in_groups(|group| &group.records),
        records.map(|at| at.to_string()),
    )?;
    let spans = model.spans.iter().enumerate().filter(|(_, span)| span.mark.failed());
    same(
        "step that failed",
        in_groups(|group| &group.spans),
        spans.map(|(at, _)| at.to_string()),
    )
}

/// Fails if the two differ, ignoring their order.
fn same(what: &str, shown: impl IntoIterator<Item = String>, written: impl IntoIterator<Item = String>) -> Result<()> {
    let mut counts = BTreeMap::<_, i64>::new();
    for one in written {
        *counts.entry(one).or_default() += 1;
    }
    for one in shown {
        *counts.entry(one).or_default() -= 1;
    }
    for (one, count) in counts {
        ensure!(count <= 0, "a {what} is not shown: {one}");
        ensure!(count >= 0, "a {what} is shown but was not written: {one}");
    }
    Ok(())
}

/// Returns a record as text with sorted keys.
fn sorted(mut record: Value) -> String {
    record.sort_all_objects();
    record.to_string()
}

/// Returns the edges of the service map: start, end, number of calls, number of failures. CloudFormation's suffixes are
/// removed.
pub(super) fn edges(model: &Model) -> Vec<(String, String, usize, usize)> {
    let name = |at: usize| {
        let label = model.nodes[at].label();
        let parts: Vec<_> = label.rsplitn(2, '-').collect();
        match parts[..] {
            [made_up, rest] if made_up.len() > 8 && made_up.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                rest.to_owned()
            }
            _ => label,
        }
    };
    let edges = model.edges.iter();
    edges
        .map(|edge| (name(edge.from), name(edge.to), edge.times.count, edge.failed))
        .collect()
}
