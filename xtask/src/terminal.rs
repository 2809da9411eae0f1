//! What came out of a run, for a terminal.

use std::collections::{BTreeMap, HashSet};

use console::{Style, style};
use serde_json::Value;

use crate::exchange::Exchange;
use crate::service_graph::{self, Edge, Forest, Line};
use crate::telemetry::{Telemetry, number, text};
use crate::ui;

/// Keys that every record has; they are shown once, in the whole record.
const CONTEXT: [&str; 12] = [
    "level",
    "timestamp",
    "message",
    "location",
    "service",
    "cold_start",
    "function_name",
    "function_memory_size",
    "function_arn",
    "function_request_id",
    "xray_trace_id",
    "stack_trace",
];

/// Prints requests and answers.
pub(crate) fn exchanges(exchanges: &[Exchange]) {
    ui::heading("Requests through API Gateway");
    for exchange in exchanges {
        let colour = if exchange.status < 400 {
            Style::new().green()
        } else {
            Style::new().red()
        };
        println!("{}  {}", exchange.request, style(format!("({})", exchange.title)).dim());
        println!("  {} {}", colour.apply_to(exchange.status), exchange.answer.trim());
    }
}

/// Prints the log records, the first one whole.
pub(crate) fn records(telemetry: &Telemetry) {
    ui::heading("Log records");
    if let Some(first) = telemetry.records.first() {
        println!("{}", style("the first one as it was written:").dim());
        println!("{first}\n");
    }
    for record in &telemetry.records {
        let level = text(&record["level"]);
        let colour = match level.as_str() {
            "ERROR" => Style::new().red().bold(),
            "WARN" => Style::new().yellow(),
            _ => Style::new().green(),
        };
        let timestamp = text(&record["timestamp"]);
        let time = timestamp.get(11..23).unwrap_or(&timestamp);
        let keys = record
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(key, _)| !CONTEXT.contains(&key.as_str()));
        let keys: Vec<_> = keys
            .map(|(key, value)| format!("{}={value}", style(key).dim()))
            .collect();
        let request = text(&record["function_request_id"]);
        let request = style(request.get(..8).unwrap_or(&request).to_owned()).dim();
        println!(
            "{time} {} {request} {}  {}",
            colour.apply_to(format!("{level:5}")),
            shown(&record["message"]),
            keys.join(" ")
        );
    }
    for line in &telemetry.unknown {
        println!("{}", style(line).dim());
    }
}

/// Prints the metrics as CloudWatch would extract them: the sum of each over all functions.
pub(crate) fn metrics(telemetry: &Telemetry) {
    ui::heading("Metrics");
    let mut sums = BTreeMap::<_, f64>::new();
    for metric in telemetry.metrics() {
        let dimensions = metric.dimensions.iter().map(|(key, value)| format!("{key}={value}"));
        let dimensions: Vec<_> = dimensions.collect();
        let about = format!("{} {{{}}}", metric.namespace, dimensions.join(", "));
        *sums.entry((metric.name, about, metric.unit)).or_default() += metric.values.iter().sum::<f64>();
    }
    for ((name, about, unit), sum) in sums {
        println!(
            "{} {sum:>6} {unit:12} {}",
            style(format!("{name:20}")).bold(),
            style(about).dim()
        );
    }
}

/// Prints each tree with times, across the functions that a request went through.
pub(crate) fn traces(forest: &Forest<'_>) {
    let mut drawn = HashSet::new();
    for root in &forest.roots {
        ui::heading(&format!("Trace {}", text(&root["trace_id"])));
        let start = number(&root["start_time"]);
        let mut below = None;
        for line in forest.timeline(root) {
            // A batch stands below each of its messages; it is drawn once.
            if below.is_some_and(|depth| line.last.len() > depth) {
                continue;
            }
            let again = !drawn.insert(text(&line.subsegment["id"]));
            below = again.then_some(line.last.len());
            let function = service_graph::is_handler(line.subsegment).then(|| forest.function(line.subsegment));
            branch(&line, start, function, again);
        }
    }
}

/// Prints what the functions called, as X-Ray's service graph has it.
pub(crate) fn graph(forest: &Forest<'_>) {
    ui::heading("Service graph");
    let edges = forest.edges();
    let width = |text: fn(&Edge) -> &str| edges.keys().map(|edge| text(edge).len()).max().unwrap_or(0);
    let (from, to) = (width(|edge| &edge.from), width(|edge| &edge.to));
    for (edge, calls) in &edges {
        #[allow(clippy::cast_precision_loss)] // a handful
        let average = calls.seconds * 1e3 / calls.total as f64;
        let failed = if calls.failed == 0 {
            String::new()
        } else {
            style(format!("  {} failed", calls.failed)).red().to_string()
        };
        println!(
            "{:from$} ─▶ {}  {}{failed}",
            edge.from,
            style(format!("{:to$}", edge.to)).bold(),
            style(format!(
                "{:8}  {} calls, {average:.1} ms each",
                edge.namespace, calls.total
            ))
            .dim()
        );
    }
}

fn branch(line: &Line<'_>, start: f64, function: Option<&str>, again: bool) {
    let subsegment = line.subsegment;
    let draw = |last: bool, open: &'static str, closed: &'static str| if last { closed } else { open };
    let (around, own) = line.last.split_at(line.last.len().saturating_sub(1));
    let mut rest: String = around.iter().map(|last| draw(*last, "│  ", "   ")).collect();
    let first: String = own.iter().map(|last| draw(*last, "├─ ", "└─ ")).collect();
    let first = format!("{rest}{first}");
    rest.extend(own.iter().map(|last| draw(*last, "│  ", "   ")));

    let begin = number(&subsegment["start_time"]);
    let milliseconds = (number(&subsegment["end_time"]) - begin) * 1e3;
    let failed = service_graph::mark(subsegment);
    let name = function.map_or_else(|| text(&subsegment["name"]), |function| format!("{function} handler"));
    let name = if failed.is_some() {
        style(name).red().bold()
    } else {
        style(name).bold()
    };
    let call = service_graph::call(subsegment);
    let name = if call.is_empty() {
        name.to_string()
    } else {
        format!("{name} {call}")
    };
    let annotations = subsegment["annotations"].as_object().into_iter().flatten();
    let annotations: Vec<_> = annotations
        .map(|(key, value)| format!("{key}={}", shown(value)))
        .collect();
    let mut remarks = vec![style(format!("at +{:.1} ms", (begin - start) * 1e3)).dim().to_string()];
    remarks.extend(failed.map(|kind| style(kind).red().to_string()));
    remarks.extend(annotations.iter().map(|annotation| style(annotation).dim().to_string()));
    if again {
        println!("{first}{name}  {}", style("the batch above").dim());
        return;
    }
    println!("{first}{name}  {milliseconds:.1} ms {}", remarks.join("  "));
    let exceptions = subsegment["cause"]["exceptions"].as_array();
    for exception in exceptions.into_iter().flatten() {
        println!(
            "{rest}    {} {}",
            style(text(&exception["type"])).red(),
            text(&exception["message"])
        );
    }
}

/// Returns a value as a person reads it: text without its quotes.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
