//! The steps of a trace in order of time, across functions.

use powertools_telemetry::{Forest, Segment};
use serde_json::Value;

use crate::json::text;

/// A line of the timeline.
pub(crate) struct Line<'a> {
    pub(crate) segment: &'a Segment,
    /// The number of its ancestors.
    pub(crate) depth: usize,
}

/// Returns a tree in the order of the timeline. Each segment is below its parent or cause; a batch is below each of its
/// messages.
pub(crate) fn of<'a>(forest: &Forest<'a>, root: usize) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    // The ancestors of the next line, so that a cycle ends.
    let mut around = Vec::new();
    let mut open = vec![(root, 0)];
    while let Some((at, depth)) = open.pop() {
        around.truncate(depth);
        if around.contains(&at) {
            continue;
        }
        around.push(at);
        open.extend(forest.below(at).iter().rev().map(|below| (*below, depth + 1)));
        lines.push(Line {
            segment: forest.nodes()[at].segment,
            depth,
        });
    }
    lines
}

/// Returns the segments directly below a segment, in order of time.
pub(crate) fn below<'a>(forest: &Forest<'a>, trace_id: &str, id: &str) -> Vec<&'a Segment> {
    let below = forest.find(trace_id, id).map_or(&[][..], |at| forest.below(at));
    below.iter().map(|at| forest.nodes()[*at].segment).collect()
}

/// Returns whether a segment is the handler of a function.
pub(crate) fn is_handler(segment: &Segment) -> bool {
    segment.name() == "## handler"
}

/// Summarizes a call: the operation and its resource, or the method and the path.
pub(crate) fn call(segment: &Segment) -> String {
    let (aws, http) = (&segment["aws"], &segment["http"]);
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
        parts.extend(segment.is_segment().then(|| text(&http["request"]["url"])));
    }
    parts.extend(http["response"]["status"].as_u64().map(|status| status.to_string()));
    parts.join(" ")
}

/// Returns the kind of a segment's failure, if it failed.
pub(crate) fn mark(segment: &Segment) -> Option<&'static str> {
    ["fault", "throttle", "error"]
        .into_iter()
        .find(|kind| segment[kind] == true)
}

#[cfg(test)]
mod tests {
    use powertools_telemetry::Telemetry;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_batch_is_below_each_of_its_messages_and_a_circle_ends() {
        let link = |id: &str| json!({"trace_id": "t", "id": id});
        let document = |id: &str, parent: &str, start: f64, links: &[&str]| {
            let links: Vec<_> = links.iter().map(|id| link(id)).collect();
            json!({"trace_id": "t", "id": id, "parent_id": parent, "type": "subsegment", "start_time": start, "links": links})
        };
        let mut telemetry = Telemetry::default();
        for document in [
            document("worker", "elsewhere", 6.0, &["one", "two"]),
            document("sender", "elsewhere", 1.0, &[]),
            document("one", "sender", 3.0, &["step"]),
            document("two", "sender", 4.0, &[]),
            document("step", "worker", 7.0, &[]),
        ] {
            telemetry.add_documents(&document.to_string());
        }
        let forest = Forest::of(&telemetry.segments);
        let lines = of(&forest, forest.roots()[0]);
        let ids: Vec<_> = lines.iter().map(|line| line.segment.id()).collect();
        assert_eq!(ids, ["sender", "one", "worker", "step", "two", "worker", "step", "one"]);
    }
}
