//! The subsegments that X-Ray received, as trees that cross functions.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use crate::telemetry::{Telemetry, number, text};

/// Every subsegment of a run below what it belongs to.
///
/// Within an invocation that is its parent. A handler belongs to what its links name: the request, or the message, by
/// which another function led to it. A batch may have been led to by several.
pub(crate) struct Forest<'a> {
    children: HashMap<&'a str, Vec<&'a Value>>,
    /// The handlers that nothing in this run led to, in order of start.
    pub(crate) roots: Vec<&'a Value>,
    /// The name of the function of each trace that a log record tells it of.
    functions: HashMap<&'a str, &'a str>,
}

impl<'a> Forest<'a> {
    pub(crate) fn of(telemetry: &'a Telemetry) -> Self {
        let all = telemetry.subsegments.as_slice();
        let known: BTreeSet<_> = all.iter().map(place).collect();
        let mut children: HashMap<_, Vec<_>> = HashMap::new();
        let mut roots = Vec::new();
        for subsegment in all {
            let parents: BTreeSet<_> = led_by(subsegment).filter(|parent| known.contains(parent)).collect();
            if parents.is_empty() {
                roots.push(subsegment);
            }
            for (_, id) in parents {
                children.entry(id).or_default().push(subsegment);
            }
        }
        let start = |subsegment: &&Value| number(&subsegment["start_time"]);
        for list in children.values_mut().chain([&mut roots]) {
            list.sort_by(|a, b| start(a).total_cmp(&start(b)));
        }
        let functions = telemetry.records.iter().filter_map(|record| {
            let trace = record["xray_trace_id"].as_str()?;
            Some((trace, record["function_name"].as_str()?))
        });
        Self {
            children,
            roots,
            functions: functions.collect(),
        }
    }

    /// Returns what belongs directly to a subsegment, in order of start.
    pub(crate) fn below(&self, subsegment: &Value) -> &[&'a Value] {
        self.below_id(subsegment["id"].as_str().unwrap_or_default())
    }

    /// Returns what belongs directly to the subsegment with this id.
    pub(crate) fn below_id(&self, id: &str) -> &[&'a Value] {
        self.children.get(id).map_or(&[], Vec::as_slice)
    }

    /// Returns the name of the function that a subsegment is of.
    pub(crate) fn function(&self, subsegment: &Value) -> &'a str {
        let trace = subsegment["trace_id"].as_str().unwrap_or_default();
        self.functions.get(trace).unwrap_or(&"a function")
    }

    /// Returns a tree in the order of the timeline, each subsegment below what it belongs to.
    pub(crate) fn timeline(&self, root: &'a Value) -> Vec<Line<'a>> {
        let mut lines = Vec::new();
        let mut open = vec![Line {
            subsegment: root,
            depth: 0,
        }];
        while let Some(line) = open.pop() {
            let depth = line.depth + 1;
            let below = self.below(line.subsegment).iter().rev();
            open.extend(below.map(|subsegment| Line { subsegment, depth }));
            lines.push(line);
        }
        lines
    }
}

/// A line of the timeline.
pub(crate) struct Line<'a> {
    pub(crate) subsegment: &'a Value,
    /// How many are around it.
    pub(crate) depth: usize,
}

/// Returns whether a subsegment is that of a function's handler.
pub(crate) fn is_handler(subsegment: &Value) -> bool {
    subsegment["name"] == "## handler"
}

/// Returns whether this is a segment, which an API has for each request.
pub(crate) fn is_segment(document: &Value) -> bool {
    document["type"].is_null()
}

/// Returns the trace and the id by which others name a subsegment.
fn place(subsegment: &Value) -> (&str, &str) {
    let text = |key: &str| subsegment[key].as_str().unwrap_or_default();
    (text("trace_id"), text("id"))
}

/// Returns what a subsegment says it belongs to.
fn led_by(subsegment: &Value) -> impl Iterator<Item = (&str, &str)> {
    let parent = subsegment["parent_id"].as_str().unwrap_or_default();
    let links = subsegment["links"].as_array().into_iter().flatten();
    [(place(subsegment).0, parent)].into_iter().chain(links.map(place))
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
        parts.extend(is_segment(subsegment).then(|| text(&http["request"]["url"])));
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// One function calls another over HTTP, and sends two messages that a third takes in one batch.
    fn telemetry() -> Telemetry {
        let link = |id: &str| json!({"trace_id": "a", "id": id});
        let record = |trace: &str, function: &str| json!({"xray_trace_id": trace, "function_name": function});
        Telemetry {
            records: vec![record("a", "cart"), record("b", "product"), record("c", "worker")],
            subsegments: vec![
                json!({"trace_id": "c", "id": "7", "parent_id": "70", "type": "subsegment", "name": "## handler", "start_time": 6.0, "links": [link("3"), link("4"), link("99")]}),
                json!({"trace_id": "a", "id": "1", "parent_id": "10", "type": "subsegment", "name": "## handler", "start_time": 1.0}),
                json!({"trace_id": "a", "id": "3", "parent_id": "1", "name": "SQS", "type": "subsegment", "namespace": "aws", "start_time": 3.0, "end_time": 3.5}),
                json!({"trace_id": "a", "id": "4", "parent_id": "1", "name": "SQS", "type": "subsegment", "namespace": "aws", "start_time": 4.0, "end_time": 4.5}),
                json!({"trace_id": "a", "id": "2", "parent_id": "1", "name": "127.0.0.1", "type": "subsegment", "namespace": "remote", "start_time": 2.0, "end_time": 2.5}),
                json!({"trace_id": "b", "id": "5", "parent_id": "50", "type": "subsegment", "name": "## handler", "start_time": 2.1, "links": [link("2")]}),
            ],
            ..Telemetry::default()
        }
    }

    #[test]
    fn trees_cross_functions_by_links() {
        let telemetry = telemetry();
        let forest = Forest::of(&telemetry);
        let ids = |subsegments: &[&Value]| subsegments.iter().map(|one| text(&one["id"])).collect::<Vec<_>>();
        assert_eq!(ids(&forest.roots), ["1"]);
        let lines: Vec<_> = forest
            .timeline(forest.roots[0])
            .iter()
            .map(|line| line.subsegment)
            .collect();
        assert_eq!(
            ids(&lines),
            ["1", "2", "5", "3", "7", "4", "7"],
            "a batch stands below each of its messages"
        );
    }
}
