//! How long functions take beside what they do.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};

use super::Suite;
use crate::service_graph::is_handler;
use crate::telemetry::{number, text};

/// Prints for each function how long a cold start takes, and how long a warm invocation takes beside its handler.
///
/// Both are the time that the local AWS reports, start of the process included, without the handler's own. So they are
/// upper bounds: its part in them, some milliseconds, is in both.
pub(super) fn print(suite: &Suite) -> Result<()> {
    let capture = suite.shop.capture()?;
    let telemetry = capture.read();
    let request_of: BTreeMap<_, _> = telemetry
        .records
        .iter()
        .map(|record| (text(&record["xray_trace_id"]), text(&record["function_request_id"])))
        .collect();
    let handlers = telemetry.subsegments.iter().filter(|subsegment| is_handler(subsegment));
    let handlers: BTreeMap<_, _> = handlers
        .filter_map(|handler| Some((request_of.get(&text(&handler["trace_id"]))?.as_str(), handler)))
        .collect();
    println!(
        "{:18} {:>12} {:>14} {:>12}",
        "function", "cold start", "warm overhead", "invocations"
    );
    for (function, lines) in &capture.logs {
        let (mut cold, mut warm) = (Vec::new(), Vec::new());
        for (request, duration) in lines.iter().filter_map(|line| report(line)) {
            let Some(handler) = handlers.get(request) else {
                continue;
            };
            let own = (number(&handler["end_time"]) - number(&handler["start_time"])) * 1e3;
            let times = if handler["annotations"]["ColdStart"] == true {
                &mut cold
            } else {
                &mut warm
            };
            times.push((duration - own).max(0.0));
        }
        let median = |times: &mut Vec<f64>| {
            times.sort_by(f64::total_cmp);
            times.get(times.len() / 2).copied()
        };
        let invocations = cold.len() + warm.len();
        let cold = median(&mut cold).with_context(|| format!("{function} had no cold start"))?;
        let shown = median(&mut warm).map_or_else(|| "-".to_owned(), |warm| format!("{warm:.1} ms"));
        println!(
            "{function:18} {:>12} {shown:>14} {invocations:>12}",
            format!("{cold:.0} ms")
        );
    }
    ensure!(capture.logs.len() == 10, "{} functions", capture.logs.len());
    Ok(())
}

/// Reads a line `REPORT RequestId: ID … Duration: N ms`.
fn report(line: &str) -> Option<(&str, f64)> {
    let rest = line.strip_prefix("REPORT RequestId: ")?;
    let (request, rest) = rest.split_once('\t')?;
    let duration = rest.strip_prefix("Duration: ")?.split(' ').next()?;
    Some((request, duration.parse().ok()?))
}
