//! A span as the emitter gets it.

mod call;
mod change;
mod link;
mod refusal;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use powertools_lambda_core::{ErrorReport, SegmentId, TraceId};

use crate::AnnotationValue;

pub use self::call::{AwsCall, HttpCall};
pub(crate) use self::change::{Beginning, cut};
pub use self::link::Link;
pub(crate) use self::refusal::Refusal;

/// A span of an invocation: names, times, annotations, metadata, errors.
///
/// It is what an [`Emitter`](crate::Emitter) gets, in no format of anybody's. Texts lie in two buffers of the record,
/// which is reused: a span costs no allocation for what it holds.
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

/// What a span stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpanKind {
    /// The handler.
    Handler,
    /// A span of the function's own.
    Internal,
    /// A span of the function's own whose name is to be shown as it is.
    Named,
    /// A call by an AWS SDK client.
    Aws,
    /// A call by an HTTP client.
    Remote,
}

/// One value of a span's metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metadata<'a> {
    /// The namespace: the service's name where none was given, empty where there is none either.
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

    /// Returns the id of the span it is part of; the handler's is the parent of the trace header.
    pub fn parent_id(&self) -> &SegmentId {
        &self.parent_id
    }

    /// Returns what it stands for.
    pub fn kind(&self) -> SpanKind {
        self.kind
    }

    /// Returns its name: the one of the `tracing` span, or what its field `trace.name` says.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns when it began.
    pub fn start(&self) -> SystemTime {
        self.start
    }

    /// Returns when it ended.
    pub fn end(&self) -> SystemTime {
        self.end.unwrap_or(self.start)
    }

    /// Returns the service of the function, where it is known.
    pub fn service(&self) -> Option<&str> {
        self.service.as_deref()
    }

    /// Returns whether it failed; [`errors`](Self::errors) may be empty all the same.
    pub fn is_fault(&self) -> bool {
        self.fault
    }

    /// Returns whether the request was refused, by the service called or by the handler: a status from 400 to 499.
    pub fn is_error(&self) -> bool {
        self.error
    }

    /// Returns whether it was refused because there were too many.
    pub fn is_throttle(&self) -> bool {
        self.throttle
    }

    /// Returns the errors it failed with, each with its causes.
    pub fn errors(&self) -> &[ErrorReport] {
        &self.errors
    }

    /// Returns what is known of the AWS SDK call it is.
    pub fn aws(&self) -> Option<&AwsCall> {
        self.aws.as_deref()
    }

    /// Returns what is known of the HTTP exchange it is; of the handler, the request that it answers.
    pub fn http(&self) -> Option<&HttpCall> {
        self.http.as_deref()
    }

    /// Returns the spans of other traces that led to it.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// Returns the annotations: indexed, so that traces can be found by them.
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

    /// Returns the metadata: anything else that is known of the span.
    pub fn metadata(&self) -> impl Iterator<Item = Metadata<'_>> {
        self.metadata.iter().map(|entry| Metadata {
            namespace: entry
                .namespace
                .map_or_else(|| self.service().unwrap_or_default(), |range| self.text(range)),
            key: self.text(entry.key),
            json: &self.json[entry.json.start..entry.json.end],
        })
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

struct Annotation {
    key: Range,
    value: Stored,
}

/// The value of an annotation; a text lies in the buffer of texts.
enum Stored {
    Text(Range),
    Integer(i64),
    Unsigned(u64),
    Float(f64),
    Bool(bool),
}

struct MetadataEntry {
    namespace: Option<Range>,
    key: Range,
    json: Range,
}
