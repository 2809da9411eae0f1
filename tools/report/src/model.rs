//! Everything the page and the terminal show, and nothing else.
//!
//! It is embedded in the page as JSON. What there are thousands of (traces, spans, records) is an array for each, in the
//! order of the fields, with texts that repeat as indexes of [`Model::strings`]. Times are microseconds; those of
//! traces, spans, records and points count from [`Model::begin`].

use powertools_telemetry::Level;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use crate::time::timestamp;

/// What a run's telemetry says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// When the first thing happened, in microseconds since 1970.
    pub begin: i64,
    /// How long it was until the last thing happened, in microseconds.
    pub length: i64,
    /// The operators' four questions.
    pub answers: Vec<Answer>,
    /// The functions, in order of name.
    pub functions: Vec<Function>,
    /// What is on the service map.
    pub nodes: Vec<Node>,
    /// Who calls whom.
    pub edges: Vec<Edge>,
    /// Where the time goes, most first.
    pub hotspots: Vec<Hotspot>,
    /// What failed, most often first.
    pub errors: Vec<ErrorGroup>,
    /// The queues, topics and streams that were written to.
    pub flows: Vec<Flow>,
    /// The functions that work off messages.
    pub consumers: Vec<Consumer>,
    /// The cold starts, in order of time.
    pub colds: Vec<Cold>,
    /// The metrics, as CloudWatch tells them apart.
    pub metrics: Vec<Series>,
    /// Texts that the rows below point to.
    pub strings: Vec<String>,
    /// The traces, in order of time.
    pub traces: Vec<Trace>,
    /// The steps of the traces: each trace's together, each step before those within it.
    pub spans: Vec<Span>,
    /// The log records, in order of time.
    pub records: Vec<Record>,
    /// How many lines and documents could not be read.
    pub unread: usize,
}

/// How things stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing to do.
    Good,
    /// Worth a look.
    Fair,
    /// Something failed.
    Bad,
    /// The telemetry does not tell.
    Unknown,
}

/// A question with its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The question.
    pub question: String,
    /// How things stand.
    pub verdict: Verdict,
    /// The answer, in a few words.
    pub headline: String,
    /// What else there is to say, in a sentence.
    pub detail: String,
}

/// Durations, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// How many.
    pub count: usize,
    /// Their sum.
    pub total: u64,
    /// The median.
    pub p50: u64,
    /// What 95 % do not exceed.
    pub p95: u64,
    /// The longest.
    pub max: u64,
}

/// A function, and how it did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Names of the services its records and spans say.
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
    /// How long its invocations took, as far as that is known.
    pub times: Times,
    /// The most memory it used, in MB, as the platform reports it.
    pub memory: Option<u64>,
}

/// What a node of the service map is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NodeKind {
    /// What is called from outside, such as an API, and calls functions.
    Entry,
    /// A function whose telemetry this is.
    Function,
    /// A queue, a topic, a stream, a bus: work is handed over, not waited for.
    Queue,
    /// Another service of AWS, such as a table.
    Aws,
    /// A service that is called by HTTP.
    Remote,
}

/// A node of the service map.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// The function's, the service's or the host's name.
    pub name: String,
    /// Which of the service's tables, queues or the like, where that is known.
    pub resource: String,
}

/// Calls that go from one node to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// The calling node.
    pub from: usize,
    /// The called node.
    pub to: usize,
    /// Whether the caller does not wait: the link of a message to what it led to.
    pub handed_over: bool,
    /// How long the calls took, or how long messages waited.
    pub times: Times,
    /// How many failed.
    pub failed: usize,
    /// How many of these were refused for being too many.
    pub throttled: usize,
    /// How often the client tried again.
    pub retries: u64,
    /// What was called, most often first.
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

/// What a function spends time on: its own code, or waiting for a service.
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
    /// Its share of the time of all functions' invocations, in per mille.
    pub share: u64,
    /// The trace in which it took longest.
    pub slowest: usize,
}

/// Where an error shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ErrorKind {
    /// In a log record.
    Log,
    /// In the call of another service.
    Call,
    /// In a step of the function's own.
    Step,
}

/// Errors of a function that are the same but for their details.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorGroup {
    /// The function.
    pub function: usize,
    /// Where it shows.
    pub kind: ErrorKind,
    /// The error's name.
    pub name: String,
    /// What it happened in: the message of the record, the call, the step.
    pub place: String,
    /// The text of the last one.
    pub text: String,
    /// The records that say so.
    pub records: Vec<usize>,
    /// The spans that failed so.
    pub spans: Vec<usize>,
    /// Whether an error in a log, of the same request, tells of each of these spans, too.
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
    /// How many that succeeded led to no invocation that is known.
    pub unseen: usize,
    /// Who works it off, each with the time its messages waited; several deliveries of a message count each.
    pub consumers: Vec<(usize, Times)>,
    /// How many deliveries were of messages that had been delivered to the same function before.
    pub again: usize,
}

/// A function that works off messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consumer {
    /// The function.
    pub function: usize,
    /// Invocations with a trace.
    pub batches: usize,
    /// How many of these failed as a whole.
    pub failed_batches: usize,
    /// Records that were handled one by one.
    pub records: usize,
    /// How many of these failed.
    pub failed_records: usize,
    /// How many different records these were: one that fails comes again.
    pub failing: usize,
    /// How many had been handled before by the same function.
    pub again: usize,
    /// Invocations that nothing in a trace led to.
    pub unlinked: usize,
    /// The most records of one invocation.
    pub largest: usize,
    /// How long the handling of a record took.
    pub times: Times,
    /// Names of the queues it works off, as far as traces tell.
    pub sources: Vec<usize>,
    /// The metrics that it alone wrote.
    pub metrics: Vec<usize>,
}

/// A cold start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cold {
    /// The function.
    pub function: usize,
    /// When.
    pub at: i64,
    /// The request's id, where it is known.
    pub request: String,
    /// The trace, where there is one.
    pub trace: Option<usize>,
    /// How long the environment's start took, as the platform reports it.
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
    /// Its dimensions, in order of key.
    pub dimensions: Vec<(String, String)>,
    /// Which functions wrote it.
    pub functions: Vec<usize>,
    /// Its values, in order of time.
    pub points: Vec<Point>,
}

/// A value of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Serialize_tuple, Deserialize_tuple)]
pub struct Point {
    /// When, of [`Model::begin`] on.
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
    /// The marks of all its spans.
    pub mark: Mark,
    /// The functions in it, the first one first.
    pub functions: Vec<usize>,
    /// The traces that led to it, each with the time that passed between.
    pub causes: Vec<(usize, i64)>,
}

/// How something failed: no bit for not at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mark(pub u8);

impl Node {
    /// Returns what a person calls it.
    pub fn label(&self) -> String {
        if self.resource.is_empty() {
            self.name.clone()
        } else {
            format!("{} {}", self.name, self.resource)
        }
    }
}

impl Mark {
    /// The caller's mistake, or a refusal.
    pub const ERROR: u8 = 1;
    /// A refusal for being too many.
    pub const THROTTLE: u8 = 2;
    /// A failure of the called, or of the code itself.
    pub const FAULT: u8 = 4;
    /// It had not ended when it was written.
    pub const OPEN: u8 = 8;

    /// Tells whether anything failed.
    pub fn failed(self) -> bool {
        self.0 & (Self::ERROR | Self::THROTTLE | Self::FAULT) != 0
    }

    /// Returns the one word for it.
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

/// What a span is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
pub enum Kind {
    /// A step of the function's own code.
    Own,
    /// A call of a service of AWS.
    Aws,
    /// A call by HTTP.
    Remote,
    /// A segment, written by the platform.
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
            .ok_or("no kind of span")
    }
}

/// A step of a trace.
#[derive(Clone, Debug, PartialEq, Serialize_tuple, Deserialize_tuple)]
pub struct Span {
    /// Its id.
    pub id: String,
    /// The id of the span around it, where that is not in the trace.
    pub parent: Option<String>,
    /// How many spans of the trace are around it.
    pub depth: usize,
    /// Its name, an index of [`Model::strings`].
    pub name: usize,
    /// When it began.
    pub at: i64,
    /// How long it took.
    pub duration: i64,
    /// What it is of.
    pub kind: Kind,
    /// How it failed.
    pub mark: Mark,
    /// The function it belongs to.
    pub function: usize,
    /// What else the document says, an object.
    pub details: Value,
}

/// A log record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Record {
    /// When it was written.
    pub at: i64,
    /// Its level: 0 for a line that is no record, then `TRACE` (1) to `ERROR` (5).
    pub level: u8,
    /// The function that wrote it.
    pub function: usize,
    /// Its trace.
    pub trace: Option<usize>,
    /// Its correlation id, an index of [`Model::strings`].
    pub correlation: Option<usize>,
    /// The keys that many records have in common, as JSON: an index of [`Model::strings`].
    pub context: Option<usize>,
    /// All other keys, as JSON; the line itself, where it is no record.
    pub text: String,
}

impl Model {
    /// Returns a record as it was written, as far as keys and values go; `None` for a line that is none.
    pub fn record(&self, record: &Record) -> Option<Value> {
        let level = Level::from_number(record.level)?;
        let mut whole = serde_json::Map::new();
        // What the row itself says; the keys override it where they say otherwise.
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
        // That is how the row says that the record has none.
        if whole["timestamp"].is_null() {
            whole.remove("timestamp");
        }
        Some(Value::Object(whole))
    }

    /// Returns the document of a span, counted within its trace, as it was written; of one that was not finished, without
    /// saying so.
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
