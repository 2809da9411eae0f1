//! What X-Ray would draw of the subsegments it received: the service graph and the timeline.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::telemetry::{number, text};

/// A service that the function calls: a subsegment with a namespace is a node of its own, by its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) namespace: String,
}

/// What went over an edge.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    pub(crate) total: usize,
    pub(crate) failed: usize,
    pub(crate) seconds: f64,
}

/// Returns the nodes that the function's own node has an edge to.
pub(crate) fn edges(subsegments: &[Value]) -> BTreeMap<Node, Calls> {
    let mut edges = BTreeMap::<_, Calls>::new();
    for subsegment in subsegments {
        let Some(namespace) = subsegment["namespace"].as_str() else {
            continue;
        };
        let node = Node {
            name: text(&subsegment["name"]),
            namespace: namespace.to_owned(),
        };
        let calls = edges.entry(node).or_default();
        calls.total += 1;
        calls.failed += usize::from(mark(subsegment).is_some());
        calls.seconds += number(&subsegment["end_time"]) - number(&subsegment["start_time"]);
    }
    edges
}

/// A line of the timeline.
pub(crate) struct Line<'a> {
    pub(crate) subsegment: &'a Value,
    /// Which of the subsegments around it are the last of their parent, outermost first, its own last.
    pub(crate) last: Vec<bool>,
}

/// Returns the subsegments of one trace in the order of the timeline, each below its parent.
pub(crate) fn timeline<'a>(subsegments: &[&'a Value]) -> Vec<Line<'a>> {
    let has = |id: &Value| subsegments.iter().any(|subsegment| subsegment["id"] == *id);
    let mut lines = Vec::new();
    for root in subsegments.iter().filter(|subsegment| !has(&subsegment["parent_id"])) {
        below(root, Vec::new(), subsegments, &mut lines);
    }
    lines
}

fn below<'a>(subsegment: &'a Value, last: Vec<bool>, all: &[&'a Value], lines: &mut Vec<Line<'a>>) {
    let children = all.iter().filter(|child| child["parent_id"] == subsegment["id"]);
    let mut children: Vec<_> = children.collect();
    children.sort_by(|a, b| number(&a["start_time"]).total_cmp(&number(&b["start_time"])));
    let inner = last.clone();
    lines.push(Line { subsegment, last });
    let count = children.len();
    for (at, child) in children.into_iter().enumerate() {
        let last = inner.iter().copied().chain([at + 1 == count]).collect();
        below(child, last, all, lines);
    }
}

/// Returns what was called, in short: the operation and what it is about, or the method and the path.
pub(crate) fn call(subsegment: &Value) -> String {
    let (aws, http) = (&subsegment["aws"], &subsegment["http"]);
    let mut parts = Vec::new();
    if aws.is_object() {
        parts.push(text(&aws["operation"]));
        let resource = [&aws["table_name"], &aws["queue_url"]]
            .into_iter()
            .find_map(Value::as_str);
        parts.extend(resource.map(|name| name.rsplit('/').next().unwrap_or(name).to_owned()));
        let retries = aws["retries"].as_u64().filter(|retries| *retries > 0);
        parts.extend(retries.map(|retries| format!("{retries} retries")));
    } else if http.is_object() {
        parts.push(text(&http["request"]["method"]));
    }
    parts.extend(http["response"]["status"].as_u64().map(|status| status.to_string()));
    parts.join(" ")
}

/// Returns how a subsegment failed, if it did.
pub(crate) fn mark(subsegment: &Value) -> Option<&'static str> {
    ["fault", "throttle", "error"]
        .into_iter()
        .find(|kind| subsegment[kind] == true)
}
