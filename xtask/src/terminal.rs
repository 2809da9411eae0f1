//! Prints requests and log records in a terminal.

use console::{Style, style};
use powertools_telemetry::{Object, Telemetry};
use serde_json::Value;

use crate::exchange::Exchange;
use crate::json::text;
use crate::ui;

/// Keys that every record has. They are shown only once, in the first record.
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

/// Prints requests with their answers.
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

/// Prints the log records in order of time, the first one completely.
pub(crate) fn records(telemetry: &Telemetry) {
    ui::heading("Log records");
    let mut records: Vec<&Object> = telemetry.records().collect();
    // Functions log concurrently.
    records.sort_by_key(|record| text(&record["timestamp"]));
    if let Some(first) = records.first() {
        println!("{}", style("the first one as it was written:").dim());
        println!("{first}\n");
    }
    for record in records {
        let level = text(&record["level"]);
        let colour = match level.as_str() {
            "ERROR" => Style::new().red().bold(),
            "WARN" => Style::new().yellow(),
            _ => Style::new().green(),
        };
        let timestamp = text(&record["timestamp"]);
        let time = timestamp.get(11..23).unwrap_or(&timestamp);
        let keys = record.iter().filter(|(key, _)| !CONTEXT.contains(&key.as_str()));
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
    for line in telemetry.unknown() {
        println!("{}", style(line).dim());
    }
}

/// Formats a value, text without quotes.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
