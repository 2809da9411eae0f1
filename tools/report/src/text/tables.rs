//! The tables for each question.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table, presets};

use crate::model::Model;
use crate::words::{clean, count, cut, duration, figure, share};

/// The maximum number of kinds of errors in the list.
const ERRORS: usize = 20;

/// The maximum number of steps in the list.
const STEPS: usize = 10;

pub(super) fn errors(model: &Model) -> String {
    let mut by_function = table(
        &[
            "function",
            "invocations",
            "failed",
            "errors",
            "warnings",
            "failed calls",
            "failed records",
        ],
        1,
    );
    for function in &model.functions {
        let counts = [
            function.invocations,
            function.failed,
            function.error_records,
            function.warnings,
            function.failed_calls,
            function.failed_records,
        ];
        by_function.add_row(std::iter::once(clean(&function.name)).chain(counts.map(|count| count.to_string())));
    }
    if model.errors.is_empty() {
        return format!("{by_function}\n");
    }
    let mut groups = table(&["error", "function", "where", "text", "count"], 4);
    let (told, shown): (Vec<_>, Vec<_>) = model.errors.iter().partition(|group| group.told);
    for group in shown.iter().take(ERRORS) {
        let times = (group.records.len() + group.spans.len()).to_string();
        let function = &model.functions[group.function].name;
        groups.add_row(
            [
                &group.name,
                function,
                &cut(&group.place, 70),
                &cut(&group.text, 60),
                &times,
            ]
            .map(|text| clean(text)),
        );
    }
    let mut more = match shown.len().saturating_sub(ERRORS) {
        0 => String::new(),
        more => format!("and {} more\n", count(more, "kind")),
    };
    if !told.is_empty() {
        let kinds = count(told.len(), "kind");
        let _ = writeln!(
            more,
            "and {kinds} in the traces of requests whose errors are logged above"
        );
    }
    format!("{by_function}\n\n{groups}\n{more}")
}

pub(super) fn calls(model: &Model) -> String {
    let mut table = table(
        &[
            "backend",
            "called by",
            "operations",
            "calls",
            "failed",
            "retries",
            "median",
            "p95",
            "max",
        ],
        3,
    );
    let mut edges: Vec<_> = model.edges.iter().filter(|edge| !edge.calls.is_empty()).collect();
    edges.sort_by_key(|edge| (edge.to, std::cmp::Reverse(edge.times.count)));
    for edge in edges {
        let operations: Vec<_> = edge
            .calls
            .iter()
            .map(|call| format!("{} {}", call.operation, call.count))
            .collect();
        table.add_row([
            clean(&model.nodes[edge.to].label()),
            clean(&model.nodes[edge.from].label()),
            clean(&operations.join(", ")),
            edge.times.count.to_string(),
            edge.failed.to_string(),
            edge.retries.to_string(),
            duration(edge.times.p50),
            duration(edge.times.p95),
            duration(edge.times.max),
        ]);
    }
    format!("{table}\n")
}

pub(super) fn time(model: &Model) -> String {
    let mut table = table(&["function", "step", "share", "count", "median", "p95", "max"], 2);
    for spot in model.hotspots.iter().take(STEPS) {
        table.add_row([
            clean(&model.functions[spot.function].name),
            clean(&spot.step),
            share(spot.share),
            spot.times.count.to_string(),
            duration(spot.times.p50),
            duration(spot.times.p95),
            duration(spot.times.max),
        ]);
    }
    format!("{table}\n")
}

pub(super) fn asynchronous(model: &Model) -> String {
    let mut text = String::new();
    if !model.flows.is_empty() {
        let mut table = table(
            &[
                "queue or stream",
                "consumed by",
                "sends",
                "not sent",
                "not received yet",
                "redelivered",
                "p95 wait",
            ],
            2,
        );
        for flow in &model.flows {
            let takers = flow
                .consumers
                .iter()
                .map(|(function, _)| model.functions[*function].name.as_str());
            let waits = flow.consumers.iter().map(|(_, times)| duration(times.p95));
            let counts = [flow.sends, flow.failed, flow.unseen, flow.again].map(|count| count.to_string());
            let names = [
                clean(&model.nodes[flow.node].label()),
                clean(&takers.collect::<Vec<_>>().join(", ")),
            ];
            table.add_row(
                names
                    .into_iter()
                    .chain(counts)
                    .chain([waits.collect::<Vec<_>>().join(", ")]),
            );
        }
        let _ = writeln!(text, "{table}\n");
    }
    if !model.consumers.is_empty() {
        let mut table = table(
            &[
                "function",
                "batches",
                "failed batches",
                "records",
                "failed",
                "distinct failed",
                "redelivered",
                "largest batch",
            ],
            1,
        );
        for consumer in &model.consumers {
            let counts = [
                consumer.batches,
                consumer.failed_batches,
                consumer.records,
                consumer.failed_records,
                consumer.failing,
                consumer.again,
                consumer.largest,
            ];
            let name = clean(&model.functions[consumer.function].name);
            table.add_row(std::iter::once(name).chain(counts.map(|count| count.to_string())));
        }
        let _ = writeln!(text, "{table}");
    }
    text
}

pub(super) fn colds(model: &Model) -> String {
    let mut table = table(&["function", "cold starts", "invocations", "longest init"], 1);
    for (index, function) in model
        .functions
        .iter()
        .enumerate()
        .filter(|(_, function)| function.cold > 0)
    {
        let inits = model
            .colds
            .iter()
            .filter(|cold| cold.function == index)
            .filter_map(|cold| cold.init);
        let longest = inits.max().map_or_else(|| "not reported".to_owned(), duration);
        table.add_row([
            clean(&function.name),
            function.cold.to_string(),
            function.invocations.to_string(),
            longest,
        ]);
    }
    format!("{table}\n")
}

pub(super) fn metrics(model: &Model) -> String {
    let mut table = table(&["metric", "dimensions", "unit", "values", "sum", "average"], 3);
    for series in &model.metrics {
        let dimensions: Vec<_> = series
            .dimensions
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        let sum: f64 = series.points.iter().map(|point| point.value).sum();
        #[allow(clippy::cast_precision_loss)] // a number of values
        let average = sum / series.points.len().max(1) as f64;
        table.add_row([
            clean(&format!("{} {}", series.namespace, series.name)),
            clean(&dimensions.join(", ")),
            clean(&series.unit),
            series.points.len().to_string(),
            figure(sum),
            figure(average),
        ]);
    }
    format!("{table}\n")
}

/// Creates a table in which the columns from `numbers` on are aligned to the right.
fn table(titles: &[&str], numbers: usize) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::ASCII_MARKDOWN)
        .set_header(titles.iter().copied());
    for column in numbers..titles.len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}
