//! [`Model`]: everything that the page and the terminal show.
//!
//! It is embedded in the page as JSON. Types with thousands of values (traces, spans, records) are written as arrays, in
//! the order of their fields; repeated texts are indexes of [`Model::strings`]. Times are in microseconds; those of traces,
//! spans, records and points count from [`Model::begin`].

use powertools_telemetry::Level;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use crate::time::timestamp;

/// The content of a report on one run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// The time of the first event, in microseconds since 1970.
    pub begin: i64,
    /// The time from the first to the last event, in microseconds.
    pub length: i64,
    /// The operators' four questions.
    pub answers: Vec<Answer>,
    /// The functions, sorted by name.
    pub functions: Vec<Function>,
    /// The nodes of the service map.
    pub nodes: Vec<Node>,
    /// The edges of the service map: who calls whom.
    pub edges: Vec<Edge>,
    /// Where the time is spent, the largest share first.
    pub hotspots: Vec<Hotspot>,
    /// The errors, the most frequent first.
    pub errors: Vec<ErrorGroup>,
    /// The queues, topics and streams that were written to.
    pub flows: Vec<Flow>,
    /// The functions that process messages.
    pub consumers: Vec<Consumer>,
    /// The cold starts, in order of time.
    pub colds: Vec<Cold>,
    /// The metrics, one for each that CloudWatch distinguishes.
    pub metrics: Vec<Series>,
    /// Texts that the rows below refer to by index.
    pub strings: Vec<String>,
    /// The traces, in order of time.
    pub traces: Vec<Trace>,
    /// The steps of the traces: those of a trace are adjacent, each step comes before those within it.
    pub spans: Vec<Span>,
    /// The log records, in order of time.
    pub records: Vec<Record>,
    /// How many lines and documents could not be read.
    pub unread: usize,
}

/// The rating of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing to do.
    Good,
    /// Worth checking.
    Fair,
    /// Something failed.
    Bad,
    /// Not known from the telemetry.
    Unknown,
}

/// A question with its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The question.
    pub question: String,
    /// Its rating.
    pub verdict: Verdict,
    /// The answer, in a few words.
    pub headline: String,
    /// Details, in a sentence.
    pub detail: String,
}

/// Durations, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// Their number.
    pub count: usize,
    /// Their sum.
    pub total: u64,
    /// The median.
    pub p50: u64,
    /// The 95th percentile.
    pub p95: u64,
    /// The longest.
    pub max: u64,
}

/// A function with its counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The services named in its records and spans.
    pub services: Vec<String>,
    /// How often it was invoked.
    pub invocations: usize,
    /// How many invocations failed.
    pub failed: usize,
    /// How many of its log records are errors.
    pub error_records: usize,
    /// How many of its log records are warnings.
    pub warnings: usize,
    /// How many calls of other services failed.
    pub failed_calls: usize,
    /// How many records of batches failed.
    pub failed_records: usize,
    /// How many invocations were cold starts.
    pub cold: usize,
    /// How long its invocations took, if known.
    pub times: Times,
    /// The maximum memory it used, in MB, as reported by Lambda.
    pub memory: Option<u64>,
}

/// The kind of a node of the service map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NodeKind {
    /// An entry point that is called from outside and calls functions, such as an API.
    Entry,
    /// A function whose telemetry is in the report.
    Function,
    /// A queue, a topic, a stream or a bus: the caller does not wait for the work.
    Queue,
    /// Another AWS service, such as a table.
    Aws,
    /// A service that is called over HTTP.
    Remote,
}

/// A node of the service map.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Node {
    /// Its kind.
    pub kind: NodeKind,
    /// The name of the function, the service or the host.
    pub name: String,
    /// The service's table, queue or similar resource, if known.
    pub resource: String,
}

/// The calls from one node to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// The calling node.
    pub from: usize,
    /// The called node.
    pub to: usize,
    /// Whether it is asynchronous: a message linked to the invocation that it triggered.
    pub handed_over: bool,
    /// How long the calls took, or how long messages waited.
    pub times: Times,
    /// How many failed.
    pub failed: usize,
    /// How many of these were throttled.
    pub throttled: usize,
    /// How often the client retried.
    pub retries: u64,
    /// The called operations, the most frequent first.
    pub calls: Vec<Call>,
    /// The trace of the slowest call.
    pub slowest: usize,
}

/// An operation of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Its name: `PutItem`, `GET`.
    pub operation: String,
    /// How often it was called.
    pub count: usize,
    /// How often it failed.
    pub failed: usize,
}

/// A step on which a function spends time: its own code, or a call of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hotspot {
    /// The function.
    pub function: usize,
    /// The step.
    pub step: String,
    /// Whether it is a call of another service.
    pub call: bool,
    /// How long the step itself took, without the steps within it.
    pub times: Times,
    /// Its share of the time of all invocations, in per mille.
    pub share: u64,
    /// The trace in which it took longest.
    pub slowest: usize,
}

/// Where an error appears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ErrorKind {
    /// In a log record.
    Log,
    /// In the call of another service.
    Call,
    /// In one of the function's own steps.
    Step,
}

/// Errors of a function that differ only in details.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorGroup {
    /// The function.
    pub function: usize,
    /// Where it appears.
    pub kind: ErrorKind,
    /// The error's name.
    pub name: String,
    /// The message of the record, the call, or the step in which it happened.
    pub place: String,
    /// The text of the most recent one.
    pub text: String,
    /// The records with this error.
    pub records: Vec<usize>,
    /// The spans with this error.
    pub spans: Vec<usize>,
    /// Whether each of these spans also has an error in the log of the same request.
    pub told: bool,
}

/// A queue, a topic or a stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// Its node.
    pub node: usize,
    /// Calls that wrote to it.
    pub sends: usize,
    /// How many of these failed.
    pub failed: usize,
    /// How many successful ones led to no known invocation.
    pub unseen: usize,
    /// Its consumers, each with the wait times of its messages; every delivery of a message counts.
    pub consumers: Vec<(usize, Times)>,
    /// How many deliveries repeated an earlier one to the same function.
    pub again: usize,
}

/// A function that processes messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consumer {
    /// The function.
    pub function: usize,
    /// Invocations with a trace.
    pub batches: usize,
    /// How many of these failed as a whole.
    pub failed_batches: usize,
    /// Records that were processed one by one.
    pub records: usize,
    /// How many of these failed.
    pub failed_records: usize,
    /// How many distinct records these were, because a failed record is redelivered.
    pub failing: usize,
    /// How many had already been processed by the same function.
    pub again: usize,
    /// Invocations without a known cause in a trace.
    pub unlinked: usize,
    /// The largest number of records in one invocation.
    pub largest: usize,
    /// How long the processing of a record took.
    pub times: Times,
    /// The queues that it processes, as far as known from traces.
    pub sources: Vec<usize>,
    /// The metrics that only this function wrote.
    pub metrics: Vec<usize>,
}

/// A cold start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cold {
    /// The function.
    pub function: usize,
    /// When it happened.
    pub at: i64,
    /// The request's id, if known.
    pub request: String,
    /// The trace, if there is one.
    pub trace: Option<usize>,
    /// How long the environment's start took, as reported by Lambda.
    pub init: Option<u64>,
    /// How long the invocation took.
    pub duration: Option<u64>,
}

/// A metric with its dimensions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// Its dimensions, sorted by key.
    pub dimensions: Vec<(String, String)>,
    /// The functions that wrote it.
    pub functions: Vec<usize>,
    /// Its values, in order of time.
    pub points: Vec<Point>,
}

/// A value of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Serialize_tuple, Deserialize_tuple)]
pub struct Point {
    /// The time since [`Model::begin`].
    pub at: i64,
    /// The value.
    pub value: f64,
}

/// A trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Trace {
    /// Its id.
    pub id: String,
    /// When it began.
    pub at: i64,
    /// How long it took.
    pub duration: i64,
    /// The index of its first span.
    pub first: usize,
    /// How many spans it has.
    pub spans: usize,
    /// The combined marks of all its spans.
    pub mark: Mark,
    /// The functions in it, the first one first.
    pub functions: Vec<usize>,
    /// The traces that led to it, each with the time in between.
    pub causes: Vec<(usize, i64)>,
}

/// How something failed; no bit is set if it did not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mark(pub u8);

impl Node {
    /// Returns its name for display.
    pub fn label(&self) -> String {
        if self.resource.is_empty() {
            self.name.clone()
        } else {
            format!("{} {}", self.name, self.resource)
        }
    }
}

impl Mark {
    /// A client error, or a rejected request.
    pub const ERROR: u8 = 1;
    /// A throttled request.
    pub const THROTTLE: u8 = 2;
    /// A failure of the called service, or of the code itself.
    pub const FAULT: u8 = 4;
    /// Not finished when it was written.
    pub const OPEN: u8 = 8;

    /// Returns whether anything failed.
    pub fn failed(self) -> bool {
        self.0 & (Self::ERROR | Self::THROTTLE | Self::FAULT) != 0
    }

    /// Returns the name of the failure.
    pub fn word(self) -> Option<&'static str> {
        [
            (Self::FAULT, "fault"),
            (Self::THROTTLE, "throttle"),
            (Self::ERROR, "error"),
            (Self::OPEN, "unfinished"),
        ]
        .into_iter()
        .find_map(|(bit, word)| (self.0 & bit != 0).then_some(word))
    }
}

/// The kind of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
pub enum Kind {
    /// A step of the function's own code.
    Own,
    /// A call of an AWS service.
    Aws,
    /// A call over HTTP.
    Remote,
    /// A segment, written by Lambda or another service.
    Segment,
}

impl From<Kind> for u8 {
    fn from(kind: Kind) -> Self {
        kind as Self
    }
}

impl TryFrom<u8> for Kind {
    type Error = &'static str;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        [Self::Own, Self::Aws, Self::Remote, Self::Segment]
            .into_iter()
            .find(|kind| u8::from(*kind) == number)
            .ok_or("unknown kind of span")
    }
}

/// A step of a trace.
#[derive(Clone, Debug, PartialEq, Serialize_tuple, Deserialize_tuple)]
pub struct Span {
    /// Its id.
    pub id: String,
    /// The id of its parent, if the parent is not in the trace.
    pub parent: Option<String>,
    /// The number of its ancestors in the trace.
    pub depth: usize,
    /// Its name, an index of [`Model::strings`].
    pub name: usize,
    /// When it began.
    pub at: i64,
    /// How long it took.
    pub duration: i64,
    /// Its kind.
    pub kind: Kind,
    /// How it failed.
    pub mark: Mark,
    /// The function it belongs to.
    pub function: usize,
    /// The other fields of the document, as an object.
    pub details: Value,
}

/// A log record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Record {
    /// When it was written.
    pub at: i64,
    /// Its level: 0 for a line that is not a record, then `TRACE` (1) to `ERROR` (5).
    pub level: u8,
    /// The function that wrote it.
    pub function: usize,
    /// Its trace.
    pub trace: Option<usize>,
    /// Its correlation id, an index of [`Model::strings`].
    pub correlation: Option<usize>,
    /// The keys that many records have in common, as JSON: an index of [`Model::strings`].
    pub context: Option<usize>,
    /// All other keys, as JSON; or the line itself, if it is not a record.
    pub text: String,
}

impl Model {
    /// Returns a record with its original keys and values; `None` for a line that is not a record.
    pub fn record(&self, record: &Record) -> Option<Value> {
        let level = Level::from_number(record.level)?;
        let mut whole = serde_json::Map::new();
        // The fields of the row itself; the keys override them.
        whole.insert("level".into(), level.name().into());
        whole.insert("timestamp".into(), timestamp(self.begin + record.at).into());
        if let Some(trace) = record.trace {
            whole.insert("xray_trace_id".into(), self.traces[trace].id.as_str().into());
        }
        if let Some(id) = record.correlation {
            whole.insert("correlation_id".into(), self.strings[id].as_str().into());
        }
        let context = record.context.map(|index| &self.strings[index]);
        for text in context.into_iter().chain([&record.text]) {
            if let Ok(Value::Object(keys)) = serde_json::from_str(text) {
                whole.extend(keys);
            }
        }
        // In the row, this means that the record has none.
        if whole["timestamp"].is_null() {
            whole.remove("timestamp");
        }
        Some(Value::Object(whole))
    }

    /// Returns the original document of the span at a position in its trace, but without the mark of an unfinished one.
    #[allow(clippy::cast_precision_loss)] // a double has no more digits at this size
    pub fn document(&self, trace: &Trace, at: usize) -> Value {
        let spans = self.spans_of(trace);
        let span = &spans[at];
        let around = spans[..at].iter().rev().find(|outer| outer.depth < span.depth);
        let parent = around.map(|outer| &outer.id).or(span.parent.as_ref());
        let seconds = |at: i64| (self.begin + at) as f64 / 1e6;
        let mut document = serde_json::Map::new();
        document.insert("name".into(), self.name(span).into());
        document.insert("id".into(), span.id.as_str().into());
        document.insert("trace_id".into(), trace.id.as_str().into());
        document.extend(parent.map(|parent| ("parent_id".into(), parent.as_str().into())));
        document.insert("start_time".into(), seconds(span.at).into());
        document.insert("end_time".into(), seconds(span.at + span.duration).into());
        let namespace = match span.kind {
            Kind::Aws => Some("aws"),
            Kind::Remote => Some("remote"),
            Kind::Own | Kind::Segment => None,
        };
        document.extend(namespace.map(|namespace| ("namespace".into(), namespace.into())));
        if span.kind != Kind::Segment {
            document.insert("type".into(), "subsegment".into());
        }
        for (bit, key) in [
            (Mark::ERROR, "error"),
            (Mark::THROTTLE, "throttle"),
            (Mark::FAULT, "fault"),
        ] {
            if span.mark.0 & bit != 0 {
                document.insert(key.into(), true.into());
            }
        }
        document.extend(span.details.as_object().cloned().unwrap_or_default());
        Value::Object(document)
    }

    /// Returns a span's name.
    pub fn name(&self, span: &Span) -> &str {
        &self.strings[span.name]
    }

    /// Returns the spans of a trace.
    pub fn spans_of(&self, trace: &Trace) -> &[Span] {
        &self.spans[trace.first..trace.first + trace.spans]
    }
}
