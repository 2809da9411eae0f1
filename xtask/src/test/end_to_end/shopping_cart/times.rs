//! What the functions take.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};

use super::Suite;
use crate::service_graph::is_handler;
use crate::telemetry::{number, text};

/// Prints what each function took for its first invocation, and what of a later one is not the handler's own.
///
/// What is not the handler's: the runtime, the toolkit around it, and MiniStack's way there and back, in whole milliseconds.
pub(super) fn print(suite: &Suite) -> Result<()> {
    let capture = suite.shop.capture()?;
    let telemetry = capture.read();
    let requests: BTreeMap<_, _> = telemetry
        .records
        .iter()
        .map(|record| (text(&record["function_request_id"]), text(&record["xray_trace_id"])))
        .collect();
    let handlers: BTreeMap<_, _> = telemetry
        .subsegments
        .iter()
        .filter(|step| is_handler(step))
        .map(|step| {
            let took = number(&step["end_time"]) - number(&step["start_time"]);
            (
                text(&step["trace_id"]),
                (took * 1e3, step["annotations"]["ColdStart"] == true),
            )
        })
        .collect();
    println!(
        "        {:20} {:>10} {:>14} {:>8}",
        "function", "cold init", "warm overhead", "warm of"
    );
    for (function, lines) in &capture.logs {
        let (mut cold, mut warm) = (Vec::new(), Vec::new());
        for (request, duration) in lines.iter().filter_map(|line| reported(line)) {
            let Some((took, is_cold)) = requests.get(request).and_then(|trace| handlers.get(trace)) else {
                continue;
            };
            if *is_cold { &mut cold } else { &mut warm }.push(duration - took);
        }
        ensure!(!cold.is_empty(), "{function} never started");
        let shown = |times: &mut Vec<f64>| {
            times.sort_by(f64::total_cmp);
            times
                .get(times.len() / 2)
                .map_or_else(|| "-".to_owned(), |median| format!("{:.1} ms", median.max(0.0)))
        };
        println!(
            "        {function:20} {:>10} {:>14} {:>8}",
            shown(&mut cold),
            shown(&mut warm),
            warm.len()
        );
    }
    Ok(())
}

/// Returns the request and the milliseconds of a REPORT line.
fn reported(line: &str) -> Option<(&str, f64)> {
    let rest = line.strip_prefix("REPORT RequestId: ")?;
    let (request, rest) = rest.split_once('\t')?;
    let duration = rest.strip_prefix("Duration: ")?.split(' ').next()?;
    Some((request, duration.parse().ok()?))
}
