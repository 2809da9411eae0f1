//! [`Steps`]: X-Ray's segments and subsegments as steps, with their properties.

use std::collections::HashMap;

use powertools_telemetry::{Forest, Node};
use serde_json::{Map, Value};

use crate::model::{Kind, Mark};

/// A segment or subsegment. Times are microseconds since 1970.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) trace: usize,
    pub(super) id: String,
    pub(super) parent: Option<String>,
    pub(super) name: String,
    pub(super) begin: i64,
    pub(super) end: i64,
    pub(super) kind: Kind,
    pub(super) mark: Mark,
    /// The parent step.
    pub(super) up: Option<usize>,
    pub(super) depth: usize,
    /// The function it belongs to, which is set last.
    pub(super) function: usize,
    /// All other fields of the document.
    pub(super) details: Value,
}

impl Step {
    fn of(node: &Node<'_>) -> Self {
        let segment = node.segment;
        let mut document = Map::from(segment.document().clone());
        for key in ["trace_id", "id", "parent_id", "name", "namespace", "type"] {
            document.remove(key);
        }
        let mut flag = |key: &str, bit: u8| {
            if document.remove(key) == Some(Value::Bool(true)) {
                bit
            } else {
                0
            }
        };
        let mark = flag("error", Mark::ERROR) | flag("throttle", Mark::THROTTLE) | flag("fault", Mark::FAULT);
        for key in ["in_progress", "start_time", "end_time"] {
            document.remove(key);
        }
        let open = if segment.is_open() { Mark::OPEN } else { 0 };
        Self {
            trace: node.trace,
            id: segment.id().to_owned(),
            parent: segment.parent_id().map(str::to_owned),
            name: segment.name().to_owned(),
            begin: segment.begin(),
            end: segment.end().unwrap_or(segment.begin()).max(segment.begin()),
            kind: match segment["namespace"].as_str() {
                Some("aws") => Kind::Aws,
                Some(_) => Kind::Remote,
                None if segment.is_segment() => Kind::Segment,
                None => Kind::Own,
            },
            mark: Mark(mark | open),
            up: node.up,
            depth: node.depth,
            function: 0,
            details: Value::Object(document),
        }
    }

    /// Returns whether this is the handler of an invocation, by the annotation that Powertools adds in every language.
    pub(super) fn is_handler(&self) -> bool {
        self.details["annotations"]["ColdStart"].is_boolean()
    }

    pub(super) fn is_record(&self) -> bool {
        self.name == "## record" && self.kind == Kind::Own
    }

    pub(super) fn is_call(&self) -> bool {
        matches!(self.kind, Kind::Aws | Kind::Remote)
    }

    /// Returns whether this is Lambda's segment of a function.
    pub(super) fn is_function(&self) -> bool {
        self.kind == Kind::Segment
            && self.details["origin"]
                .as_str()
                .is_none_or(|origin| origin.starts_with("AWS::Lambda"))
    }

    /// Returns whether this is the segment of an entry point that called a function, such as an API or a client.
    pub(super) fn is_entry(&self) -> bool {
        self.kind == Kind::Segment && !self.is_function()
    }

    pub(super) fn duration(&self) -> u64 {
        u64::try_from(self.end - self.begin).unwrap_or_default()
    }

    pub(super) fn operation(&self) -> &str {
        let text = match self.kind {
            Kind::Aws => &self.details["aws"]["operation"],
            _ => &self.details["http"]["request"]["method"],
        };
        text.as_str().unwrap_or_default()
    }

    /// Returns the resources of a call: the names of tables, the queue, the topic.
    pub(super) fn resources(&self) -> Vec<String> {
        const KEYS: [&str; 8] = [
            "table_name",
            "table_names",
            "queue_url",
            "topic_arn",
            "stream_name",
            "bucket_name",
            "function_name",
            "state_machine_arn",
        ];
        let aws = &self.details["aws"];
        let Some(value) = KEYS.iter().map(|key| &aws[key]).find(|value| !value.is_null()) else {
            return Vec::new();
        };
        let names = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        names.iter().filter_map(Value::as_str).map(short).collect()
    }

    /// Returns the traces and steps that led to this one.
    pub(super) fn links(&self) -> impl Iterator<Item = (&str, &str)> {
        let links = self.details["links"].as_array().into_iter().flatten();
        links.filter_map(|link| Some((link["trace_id"].as_str()?, link["id"].as_str()?)))
    }
}

/// Returns the last part of a URL or ARN.
fn short(name: &str) -> String {
    let last = name.rsplit(['/', ':']).next().unwrap_or(name);
    if last.is_empty() {
        name.to_owned()
    } else {
        last.to_owned()
    }
}

/// The steps of all traces: those of a trace are adjacent, each step comes before those within it.
#[derive(Debug, Default)]
pub(super) struct Steps {
    pub(super) all: Vec<Step>,
    pub(super) traces: Vec<Range>,
    by_trace: HashMap<String, usize>,
    by_id: HashMap<(usize, String), usize>,
}

/// A trace's steps.
#[derive(Debug)]
pub(super) struct Range {
    pub(super) id: String,
    pub(super) first: usize,
    pub(super) count: usize,
}

impl Steps {
    pub(super) fn new(forest: &Forest<'_>) -> Self {
        let traces = forest.traces().iter().map(|trace| Range {
            id: trace.id.to_owned(),
            first: trace.nodes.start,
            count: trace.nodes.len(),
        });
        let traces: Vec<_> = traces.collect();
        let by_trace = traces.iter().enumerate().map(|(at, trace)| (trace.id.clone(), at));
        let nodes = forest.nodes().iter().enumerate();
        Self {
            by_trace: by_trace.collect(),
            by_id: nodes
                .map(|(at, node)| ((node.trace, node.segment.id().to_owned()), at))
                .collect(),
            all: forest.nodes().iter().map(Step::of).collect(),
            traces,
        }
    }

    /// Returns a trace by its id.
    pub(super) fn trace(&self, id: &str) -> Option<usize> {
        self.by_trace.get(id).copied()
    }

    /// Returns a step of a trace by its id.
    pub(super) fn step(&self, trace: usize, id: &str) -> Option<usize> {
        self.by_id.get(&(trace, id.to_owned())).copied()
    }

    /// Returns the steps within a step, in their order.
    pub(super) fn within(&self, at: usize) -> impl Iterator<Item = usize> {
        let outer = &self.all[at];
        let is_within = |step: &Step| step.trace == outer.trace && step.depth > outer.depth;
        (at + 1..self.all.len()).take_while(move |inner| is_within(&self.all[*inner]))
    }

    pub(super) fn of(&self, trace: usize) -> &[Step] {
        let range = &self.traces[trace];
        &self.all[range.first..range.first + range.count]
    }
}

#[cfg(test)]
pub(super) mod tests {
    use powertools_telemetry::Telemetry;
    use serde_json::json;

    use super::*;

    pub(in super::super) fn read(documents: &[Value]) -> Steps {
        let mut telemetry = Telemetry::default();
        for document in documents {
            telemetry.add_documents(&document.to_string());
        }
        Steps::new(&Forest::of(&telemetry.segments))
    }

    #[test]
    fn a_step_is_what_its_document_says() {
        let steps = read(&[json!({
            "trace_id": "t", "id": "s", "name": "function", "start_time": 1.0, "end_time": 2.0, "fault": true, "origin": "AWS::Lambda",
            "subsegments": [
                {"id": "a", "start_time": 1.1, "end_time": 1.2, "namespace": "aws", "name": "SQS", "aws": {"operation": "SendMessage"}},
                {"id": "b", "start_time": 1.2, "namespace": "remote", "name": "bank.example", "error": true, "throttle": true},
                {"id": "c", "start_time": 1.3, "end_time": 1.0, "name": "## step"},
            ]
        })]);
        let read: Vec<_> = steps
            .all
            .iter()
            .map(|step| (step.id.as_str(), step.kind, step.mark.0, step.up, step.duration()))
            .collect();
        let expected = [
            ("s", Kind::Segment, Mark::FAULT, None, 1_000_000),
            ("a", Kind::Aws, 0, Some(0), 100_000),
            ("b", Kind::Remote, Mark::ERROR | Mark::THROTTLE | Mark::OPEN, Some(0), 0),
            ("c", Kind::Own, 0, Some(0), 0),
        ];
        assert_eq!(read, expected);
        assert_eq!(steps.all[0].details, json!({"origin": "AWS::Lambda"}));
        assert_eq!((steps.trace("t"), steps.step(0, "b")), (Some(0), Some(2)));
        assert_eq!(steps.within(0).collect::<Vec<_>>(), [1, 2, 3]);
    }
}
