//! [`SpanRecord`], a finished span as the emitter receives it.

mod call;
mod change;
mod link;
mod refusal;
mod spans;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use powertools_lambda_core::{ErrorReport, SegmentId, TraceId};

use crate::AnnotationValue;

pub use self::call::{AwsCall, HttpCall};
pub(crate) use self::change::{Beginning, cut, is_simple};
pub use self::link::Link;
pub(crate) use self::refusal::Refusal;
pub use self::spans::Spans;

/// A finished span: its name, times, annotations, metadata and errors.
///
/// An [`Emitter`](crate::Emitter) receives it, in a form that is independent of X-Ray's format. Texts are stored in two
/// buffers of the record, which is reused, so that most spans need no allocation. An emitter that needs a record later
/// clones it.
#[derive(Clone)]
pub struct SpanRecord {
    trace_id: TraceId,
    id: SegmentId,
    parent_id: SegmentId,
    kind: SpanKind,
    name: Cow<'static, str>,
    start: SystemTime,
    end: Option<SystemTime>,
    service: Option<Arc<str>>,
    fault: bool,
    error: bool,
    throttle: bool,
    errors: Vec<ErrorReport>,
    aws: Option<Box<AwsCall>>,
    http: Option<Box<HttpCall>>,
    links: Vec<Link>,
    text: String,
    json: Vec<u8>,
    annotations: Vec<Annotation>,
    metadata: Vec<MetadataEntry>,
}

/// What a span represents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpanKind {
    /// The handler.
    Handler,
    /// A span of the function's code. X-Ray shows it as `## <name>`.
    Internal,
    /// A span of the function's code with the field `trace.name`, whose name is shown unchanged.
    Named,
    /// A call of an AWS SDK client.
    Aws,
    /// A call of an HTTP client.
    Remote,
}

/// One value of a span's metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metadata<'a> {
    /// The namespace. Default: the name of the service, or an empty text if that is not set either.
    pub namespace: &'a str,
    /// The key.
    pub key: &'a str,
    /// The value as JSON.
    pub json: &'a [u8],
}

impl SpanRecord {
    /// Returns the id of the trace.
    pub fn trace_id(&self) -> &TraceId {
        &self.trace_id
    }

    /// Returns the id of the span.
    pub fn id(&self) -> &SegmentId {
        &self.id
    }

    /// Returns the id of the parent span; for the handler, it is the parent in the tracing header.
    pub fn parent_id(&self) -> &SegmentId {
        &self.parent_id
    }

    /// Returns what the span represents.
    pub fn kind(&self) -> SpanKind {
        self.kind
    }

    /// Returns the name of the span: that of the `tracing` span, or the value of its field `trace.name`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns when the span began.
    pub fn start(&self) -> SystemTime {
        self.start
    }

    /// Returns when the span ended.
    pub fn end(&self) -> SystemTime {
        self.end.unwrap_or(self.start)
    }

    /// Returns the name of the function's service, if it is set.
    pub fn service(&self) -> Option<&str> {
        self.service.as_deref()
    }

    /// Returns whether the span failed; [`errors`](Self::errors) may be empty nevertheless.
    pub fn is_fault(&self) -> bool {
        self.fault
    }

    /// Returns whether the called service, or the handler, refused the request: a status from 400 to 499.
    pub fn is_error(&self) -> bool {
        self.error
    }

    /// Returns whether the request was refused because there were too many requests.
    pub fn is_throttle(&self) -> bool {
        self.throttle
    }

    /// Returns the errors that the span failed with, each with its causes; at most 8.
    pub fn errors(&self) -> &[ErrorReport] {
        &self.errors
    }

    /// Returns the details of an AWS SDK call; `None` for other spans.
    pub fn aws(&self) -> Option<&AwsCall> {
        self.aws.as_deref()
    }

    /// Returns the details of an HTTP exchange; for the handler, those of the request that it answers.
    pub fn http(&self) -> Option<&HttpCall> {
        self.http.as_deref()
    }

    /// Returns the spans of other traces that caused this one.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// Returns the annotations, which X-Ray indexes.
    pub fn annotations(&self) -> impl Iterator<Item = (&str, AnnotationValue<'_>)> {
        self.annotations.iter().map(|annotation| {
            let value = match annotation.value {
                Stored::Text(range) => AnnotationValue::Text(Cow::Borrowed(self.text(range))),
                Stored::Integer(number) => AnnotationValue::Integer(number),
                Stored::Unsigned(number) => AnnotationValue::Unsigned(number),
                Stored::Float(number) => AnnotationValue::Float(number),
                Stored::Bool(flag) => AnnotationValue::Bool(flag),
            };
            (self.text(annotation.key), value)
        })
    }

    /// Returns the metadata, which X-Ray does not index.
    pub fn metadata(&self) -> impl Iterator<Item = Metadata<'_>> {
        self.metadata.iter().map(|entry| Metadata {
            namespace: entry
                .namespace
                .map_or_else(|| self.service().unwrap_or_default(), |range| self.text(range)),
            key: self.text(entry.key),
            json: &self.json[entry.json.start..entry.json.end],
        })
    }

    pub(crate) fn has_annotations(&self) -> bool {
        !self.annotations.is_empty()
    }

    pub(crate) fn has_metadata(&self) -> bool {
        !self.metadata.is_empty()
    }

    fn text(&self, range: Range) -> &str {
        &self.text[range.start..range.end]
    }
}

impl fmt::Debug for SpanRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanRecord")
            .field("name", &self.name)
            .field("id", &self.id)
            .field("parent_id", &self.parent_id)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Copy)]
struct Range {
    start: usize,
    end: usize,
}

#[derive(Clone)]
struct Annotation {
    key: Range,
    value: Stored,
}

/// The value of an annotation; texts are stored in the record's buffer.
#[derive(Clone)]
enum Stored {
    Text(Range),
    Integer(i64),
    Unsigned(u64),
    Float(f64),
    Bool(bool),
}

#[derive(Clone)]
struct MetadataEntry {
    namespace: Option<Range>,
    key: Range,
    json: Range,
}
