//! The same for a terminal: a table or trees for each question.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table, presets};
use console::style;
use serde_json::Value;

use crate::model::{Kind, Model, Span, Trace, Verdict};

/// How many traces are drawn: those that failed, then the slowest.
const TRACES: usize = 5;

/// Returns everything an operator asks first.
pub fn report(model: &Model) -> String {
    let sections = [errors, calls, time, asynchronous];
    let mut text = String::new();
    for (answer, section) in model.answers.iter().zip(sections) {
        let mark = match answer.verdict {
            Verdict::Good => style("●").green(),
            Verdict::Fair => style("●").yellow(),
            Verdict::Bad => style("●").red(),
            Verdict::Unknown => style("○").dim(),
        };
        let _ = writeln!(text, "\n{} {}", mark, style(&answer.question).bold().underlined());
        let _ = writeln!(
            text,
            "{}  {}\n{}",
            style(clean(&answer.headline)).bold(),
            clean(&answer.detail),
            section(model)
        );
    }
    let _ = writeln!(text, "{}\n{}", style("Cold starts").bold().underlined(), colds(model));
    let _ = writeln!(text, "{}\n{}", style("Metrics").bold().underlined(), metrics(model));
    let title = format!(
        "Traces: {} of {}, failures and the slowest first",
        TRACES.min(model.traces.len()),
        model.traces.len()
    );
    let _ = writeln!(text, "{}", style(title).bold().underlined());
    for trace in told(model) {
        tree(model, trace, &mut text);
    }
    text
}

fn errors(model: &Model) -> String {
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
    let mut groups = table(&["error", "function", "where", "text", "times"], 4);
    for group in &model.errors {
        let times = (group.records.len() + group.spans.len()).to_string();
        let function = &model.functions[group.function].name;
        groups.add_row([&group.name, function, &group.place, &cut(&group.text, 60), &times].map(|text| clean(text)));
    }
    format!("{by_function}\n\n{groups}\n")
}

fn calls(model: &Model) -> String {
    let mut table = table(
        &[
            "backend",
            "called by",
            "operations",
            "calls",
            "failed",
            "retries",
            "median",
            "95 %",
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

fn time(model: &Model) -> String {
    let mut table = table(&["function", "step", "share", "times", "median", "95 %", "max"], 2);
    for spot in model.hotspots.iter().take(10) {
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

fn asynchronous(model: &Model) -> String {
    let mut text = String::new();
    if !model.flows.is_empty() {
        let mut table = table(
            &[
                "queue or stream",
                "taken by",
                "sends",
                "not sent",
                "not seen taken",
                "came again",
                "95 % wait",
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
        let _ = writeln!(text, "{table}");
    }
    if !model.consumers.is_empty() {
        let mut table = table(
            &[
                "function",
                "batches",
                "failed whole",
                "records",
                "failed",
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
                consumer.largest,
            ];
            let name = clean(&model.functions[consumer.function].name);
            table.add_row(std::iter::once(name).chain(counts.map(|count| count.to_string())));
        }
        let _ = writeln!(text, "{table}");
    }
    text
}

fn colds(model: &Model) -> String {
    let mut table = table(&["function", "cold starts", "invocations", "longest start"], 1);
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

fn metrics(model: &Model) -> String {
    let mut table = table(&["metric", "dimensions", "unit", "values", "sum", "average"], 3);
    for series in &model.metrics {
        let dimensions: Vec<_> = series
            .dimensions
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        let sum: f64 = series.points.iter().map(|point| point.value).sum();
        #[allow(clippy::cast_precision_loss)] // a count of values
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

/// Returns the traces that are worth a look, first those that failed.
fn told(model: &Model) -> Vec<&Trace> {
    let mut traces: Vec<_> = model.traces.iter().collect();
    traces.sort_by_key(|trace| (!trace.mark.failed(), std::cmp::Reverse(trace.duration)));
    traces.truncate(TRACES);
    traces
}

/// Draws a trace as a tree with times.
fn tree(model: &Model, trace: &Trace, text: &mut String) {
    let spans = model.spans_of(trace);
    let _ = writeln!(text, "{}", style(format!("Trace {}", clean(&trace.id))).bold());
    for (at, span) in spans.iter().enumerate() {
        let branch = branch(spans, at);
        let name = format!("{} {}", model.functions[span.function].name, model.name(span));
        let name = if span.depth == 0 && span.kind == Kind::Own {
            name
        } else {
            model.name(span).to_owned()
        };
        let name = style(clean(&name)).bold();
        let name = if span.mark.failed() { name.red() } else { name };
        let mark = span
            .mark
            .word()
            .map_or_else(String::new, |word| format!("  {}", style(word).red()));
        let duration = duration(u64::try_from(span.duration).unwrap_or_default());
        let call = clean(&call(&span.details));
        let _ = writeln!(
            text,
            "{branch}{name}{}{call}  {duration}{mark}",
            if call.is_empty() { "" } else { " " }
        );
        for exception in span.details["cause"]["exceptions"].as_array().into_iter().flatten() {
            let (kind, message) = (exception["type"].as_str(), exception["message"].as_str());
            let rest = branch.replace("├─", "│ ").replace("└─", "  ");
            let kind = style(clean(kind.unwrap_or_default())).red();
            let _ = writeln!(text, "{rest}   {kind} {}", clean(message.unwrap_or_default()));
        }
    }
    text.push('\n');
}

/// Returns the lines in front of a span: for each span around it whether more follow, and its own corner.
fn branch(spans: &[Span], at: usize) -> String {
    let follows = |depth: usize| {
        let later = spans[at + 1..].iter().map(|span| span.depth);
        later.take_while(|later| *later >= depth).any(|later| later == depth)
    };
    let depth = spans[at].depth;
    let around = (1..depth).map(|depth| if follows(depth) { "│  " } else { "   " });
    let own = (depth > 0).then(|| if follows(depth) { "├─ " } else { "└─ " });
    around.chain(own).collect()
}

/// Returns what was called, in short.
fn call(details: &Value) -> String {
    let (aws, http) = (&details["aws"], &details["http"]);
    let words = [
        &aws["operation"],
        &http["request"]["method"],
        &aws["table_name"],
        &aws["queue_url"],
    ];
    let words = words.into_iter().filter_map(Value::as_str);
    let words = words.map(|word| word.rsplit('/').next().unwrap_or(word).to_owned());
    let status = http["response"]["status"].as_u64().map(|status| status.to_string());
    words.chain(status).collect::<Vec<_>>().join(" ")
}

/// Makes a table whose columns from `numbers` on are aligned to the right.
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

/// Returns a text that a terminal only shows: its control characters would be obeyed.
fn clean(text: &str) -> String {
    text.chars()
        .map(|char| if char.is_control() { '\u{fffd}' } else { char })
        .collect()
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn figure(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Returns a number of things.
pub(crate) fn count(number: usize, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

/// Returns a duration of microseconds as a person says it.
#[allow(clippy::cast_precision_loss)] // three digits are shown
pub(crate) fn duration(micros: u64) -> String {
    let milliseconds = micros as f64 / 1e3;
    match milliseconds {
        ..10.0 => format!("{milliseconds:.1} ms"),
        ..1_000.0 => format!("{milliseconds:.0} ms"),
        ..100_000.0 => format!("{:.1} s", milliseconds / 1e3),
        _ => format!("{:.0} min", milliseconds / 6e4),
    }
}

/// Returns a share in per mille as a percentage.
pub(crate) fn share(per_mille: u64) -> String {
    format!("{} %", (per_mille + 5) / 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_obeys_nothing_of_what_functions_wrote() {
        assert_eq!(clean("\u{1b}[31mred\u{7}\u{9b}2J"), "\u{fffd}[31mred\u{fffd}\u{fffd}2J");
    }

    #[test]
    fn durations_have_the_unit_that_fits() {
        let said = [0, 1_234, 56_789, 1_234_567, 600_000_000].map(duration);
        assert_eq!(said, ["0.0 ms", "1.2 ms", "57 ms", "1.2 s", "10 min"]);
    }
}
