//! Replays every recorded metrics case.

use conformance::normal;
use serde_json::Value;

use crate::common;

#[test]
fn metrics_write_what_was_recorded() {
    common::replay_all("metrics", normal);
}

/// Removes the recorder's own output, and converts single values of a metric to scalars.
fn normal(lines: &Value) -> Value {
    let lines = lines.as_array().into_iter().flatten();
    let documents = lines.filter(|line| line.get("$raised").is_none());
    documents
        .map(|document| single_values(normal::numbers(document)))
        .collect()
}

fn single_values(mut document: Value) -> Value {
    let names: Vec<String> = document["_aws"]["CloudWatchMetrics"][0]["Metrics"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|definition| definition["Name"].as_str().map(str::to_owned))
        .collect();
    for name in names {
        if let Some([value]) = document.get(&name).and_then(Value::as_array).map(Vec::as_slice) {
            document[&name] = value.clone();
        }
    }
    document
}
