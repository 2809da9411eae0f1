//! X-Ray documents as trees of steps.

use std::collections::{BTreeMap, HashMap};

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
    /// The step around it.
    pub(super) up: Option<usize>,
    pub(super) depth: usize,
    /// The function it belongs to, which is known last.
    pub(super) function: usize,
    /// What is in no other field.
    pub(super) details: Value,
}

impl Step {
    /// Tells whether this is the handler of an invocation, by the annotation that each Powertools puts there.
    pub(super) fn is_handler(&self) -> bool {
        self.details["annotations"]["ColdStart"].is_boolean()
    }

    pub(super) fn is_record(&self) -> bool {
        self.name == "## record" && self.kind == Kind::Own
    }

    pub(super) fn is_call(&self) -> bool {
        matches!(self.kind, Kind::Aws | Kind::Remote)
    }

    /// Tells whether this is the platform's segment of a function.
    pub(super) fn is_function(&self) -> bool {
        self.kind == Kind::Segment
            && self.details["origin"]
                .as_str()
                .is_none_or(|origin| origin.starts_with("AWS::Lambda"))
    }

    /// Tells whether this is the segment of what called a function from outside: an API, a client.
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

    /// Returns what a call is about: names of tables, the queue, the topic.
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

/// Returns the last part of an address or ARN.
fn short(name: &str) -> String {
    let last = name.rsplit(['/', ':']).next().unwrap_or(name);
    if last.is_empty() {
        name.to_owned()
    } else {
        last.to_owned()
    }
}

/// The steps of all traces: each trace's together, each step before those within it.
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
    pub(super) fn read(documents: Vec<Value>, unread: &mut usize) -> Self {
        let mut traces = BTreeMap::<String, BTreeMap<String, Step>>::new();
        for document in documents {
            flatten(document, None, &mut traces, unread);
        }
        let begin = |steps: &BTreeMap<String, Step>| steps.values().map(|step| step.begin).min();
        let mut traces: Vec<_> = traces.into_iter().collect();
        traces.sort_by_cached_key(|(id, steps)| (begin(steps), id.clone()));
        let mut read = Self::default();
        for (id, steps) in traces {
            read.add(id, steps);
        }
        read
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

    fn add(&mut self, id: String, mut steps: BTreeMap<String, Step>) {
        let (trace, first) = (self.traces.len(), self.all.len());
        let mut below = HashMap::<String, Vec<String>>::new();
        let mut order: Vec<_> = steps.values().map(|step| (step.begin, step.id.clone())).collect();
        order.sort();
        let mut roots = Vec::new();
        for (_, id) in &order {
            match steps[id]
                .parent
                .as_ref()
                .filter(|parent| *parent != id && steps.contains_key(*parent))
            {
                Some(parent) => below.entry(parent.clone()).or_default().push(id.clone()),
                None => roots.push(id.clone()),
            }
        }
        // Steps that are each other's parents hang below no root; they are roots, rather than lost.
        roots.extend(order.into_iter().map(|(_, id)| id));
        for root in roots {
            let mut open = vec![(root, None, 0)];
            while let Some((id, up, depth)) = open.pop() {
                let Some(mut step) = steps.remove(&id) else { continue };
                let at = self.all.len();
                (step.trace, step.up, step.depth) = (trace, up, depth);
                self.by_id.insert((trace, id.clone()), at);
                let children = below.remove(&id).into_iter().flatten().rev();
                open.extend(children.map(|child| (child, Some(at), depth + 1)));
                self.all.push(step);
            }
        }
        self.by_trace.insert(id.clone(), trace);
        self.traces.push(Range {
            id,
            first,
            count: self.all.len() - first,
        });
    }
}

type Traces = BTreeMap<String, BTreeMap<String, Step>>;

/// Adds a document and those inside it. Of a step that was sent twice, first unfinished, the finished one stays.
fn flatten(document: Value, around: Option<(&str, &str)>, traces: &mut Traces, unread: &mut usize) {
    let Value::Object(mut document) = document else {
        *unread += 1;
        return;
    };
    let inner = document.remove("subsegments");
    let Some((trace, step)) = step(document, around) else {
        *unread += 1;
        return;
    };
    let id = step.id.clone();
    let steps = traces.entry(trace.clone()).or_default();
    let finished = steps.get(&id).is_some_and(|known| known.mark.0 & Mark::OPEN == 0);
    if !finished {
        steps.insert(id.clone(), step);
    }
    if let Some(Value::Array(inner)) = inner {
        for document in inner {
            flatten(document, Some((&trace, &id)), traces, unread);
        }
    }
}

fn step(mut document: Map<String, Value>, around: Option<(&str, &str)>) -> Option<(String, Step)> {
    let mut text = |key: &str| match document.remove(key) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let trace = text("trace_id").or_else(|| around.map(|(trace, _)| trace.to_owned()))?;
    let id = text("id")?;
    let parent = text("parent_id").or_else(|| around.map(|(_, parent)| parent.to_owned()));
    let name = text("name").unwrap_or_default();
    let namespace = text("namespace");
    let is_segment = text("type").is_none() && around.is_none();
    let mut flag = |key: &str, bit: u8| {
        if document.remove(key) == Some(Value::Bool(true)) {
            bit
        } else {
            0
        }
    };
    let mark = flag("error", Mark::ERROR) | flag("throttle", Mark::THROTTLE) | flag("fault", Mark::FAULT);
    let open = flag("in_progress", Mark::OPEN);
    let begin = micros(document.remove("start_time")?.as_f64()?)?;
    let end = document.remove("end_time").and_then(|end| micros(end.as_f64()?));
    let open = if end.is_none() { Mark::OPEN } else { open };
    let kind = match namespace.as_deref() {
        Some("aws") => Kind::Aws,
        Some(_) => Kind::Remote,
        None if is_segment => Kind::Segment,
        None => Kind::Own,
    };
    let step = Step {
        trace: 0,
        id,
        parent,
        name,
        begin,
        end: end.unwrap_or(begin).max(begin),
        kind,
        mark: Mark(mark | open),
        up: None,
        depth: 0,
        function: 0,
        details: Value::Object(document),
    };
    Some((trace, step))
}

/// Returns microseconds of seconds; a double has no more digits at this size.
#[allow(clippy::cast_possible_truncation)] // checked
fn micros(seconds: f64) -> Option<i64> {
    (seconds.abs() < 1e11).then(|| (seconds * 1e6).round() as i64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(documents: &[Value]) -> (Steps, usize) {
        let mut unread = 0;
        (Steps::read(documents.to_vec(), &mut unread), unread)
    }

    fn drawn(steps: &Steps) -> Vec<String> {
        steps
            .all
            .iter()
            .map(|step| format!("{}{}", " ".repeat(step.depth), step.id))
            .collect()
    }

    fn document(id: &str, parent: &str, start: f64) -> Value {
        json!({"trace_id": "t", "id": id, "parent_id": parent, "name": id, "start_time": start, "end_time": 9.0, "type": "subsegment"})
    }

    #[test]
    fn steps_stand_below_their_parents_in_order_of_time() {
        let (steps, _) = read(&[
            document("c", "a", 3.0),
            document("d", "b", 2.5),
            document("b", "a", 2.0),
            document("a", "elsewhere", 1.0),
        ]);
        assert_eq!(drawn(&steps), ["a", " b", "  d", " c"]);
        assert_eq!(steps.all[0].parent.as_deref(), Some("elsewhere"));
    }

    #[test]
    fn no_step_is_lost_whatever_its_parent() {
        let (steps, _) = read(&[
            document("a", "b", 1.0),
            document("b", "a", 2.0),
            document("c", "c", 3.0),
        ]);
        assert_eq!(steps.all.len(), 3, "{:?}", drawn(&steps));
    }

    #[test]
    fn documents_inside_documents_are_steps_too() {
        let (steps, unread) = read(&[json!({
            "trace_id": "t", "id": "s", "name": "function", "start_time": 1.0, "end_time": 2.0,
            "subsegments": [{"id": "i", "name": "Invocation", "start_time": 1.1, "end_time": 2.0}, 7]
        })]);
        assert_eq!(drawn(&steps), ["s", " i"]);
        assert_eq!(
            (steps.all[0].kind, steps.all[1].kind, unread),
            (Kind::Segment, Kind::Own, 1)
        );
    }

    #[test]
    fn the_finished_document_of_a_step_counts() {
        let open = json!({"trace_id": "t", "id": "a", "name": "a", "start_time": 1.0, "in_progress": true, "type": "subsegment"});
        for documents in [[open.clone(), document("a", "x", 1.0)], [document("a", "x", 1.0), open]] {
            let (steps, _) = read(&documents);
            assert_eq!((steps.all.len(), steps.all[0].mark), (1, Mark(0)));
        }
    }
}
