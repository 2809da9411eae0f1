//! `MemoryEmitter`, which keeps spans for a test to look at.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use powertools_lambda_core::ErrorReport;
use serde_json::Value;

use crate::{AnnotationValue, AwsCall, Emitter, HttpCall, SpanKind, SpanRecord, Spans};

/// An [`Emitter`] that keeps the finished spans. Clones share them.
///
/// The spans of an invocation are emitted after its response. Nothing is recorded for an invocation without a sampled
/// trace: use `powertools_lambda_core::test_util::traced_context`.
///
/// ```
/// use powertools_lambda_tracer::{Tracer, test_util::MemoryEmitter};
///
/// let emitter = MemoryEmitter::new();
/// let tracer = Tracer::builder().emitter(emitter.clone()).build();
/// // … call the function
/// assert!(emitter.spans().is_empty());
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryEmitter(Arc<Mutex<Vec<EmittedSpan>>>);

/// A span that was emitted.
#[derive(Clone, Debug, PartialEq)]
pub struct EmittedSpan {
    name: String,
    kind: SpanKind,
    id: String,
    parent_id: String,
    trace_id: String,
    start: SystemTime,
    end: SystemTime,
    is_fault: bool,
    is_error: bool,
    is_throttle: bool,
    errors: Vec<ErrorReport>,
    annotations: BTreeMap<String, Value>,
    metadata: BTreeMap<(String, String), Value>,
    aws: Option<AwsCall>,
    http: Option<HttpCall>,
}

impl MemoryEmitter {
    /// Creates an emitter without spans.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the spans so far, in the order in which they were emitted.
    pub fn spans(&self) -> Vec<EmittedSpan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the first span with this name.
    ///
    /// # Panics
    ///
    /// Panics if no span has this name. The panic message lists the names of all spans.
    #[track_caller]
    pub fn span(&self, name: &str) -> EmittedSpan {
        let spans = self.spans();
        let names: Vec<_> = spans.iter().map(|span| span.name.clone()).collect();
        match spans.into_iter().find(|span| span.name == name) {
            Some(span) => span,
            None => panic!("no span is named {name:?}; there are: {names:?}"),
        }
    }
}

impl Emitter for MemoryEmitter {
    fn emit(&self, spans: Spans<'_>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(spans.iter().map(EmittedSpan::new));
    }
}

impl EmittedSpan {
    fn new(span: &SpanRecord) -> Self {
        let metadata = span.metadata().map(|entry| {
            let value = serde_json::from_slice(entry.json).unwrap_or_default();
            ((entry.namespace.to_owned(), entry.key.to_owned()), value)
        });
        Self {
            name: span.name().to_owned(),
            kind: span.kind(),
            id: span.id().to_string(),
            parent_id: span.parent_id().to_string(),
            trace_id: span.trace_id().to_string(),
            start: span.start(),
            end: span.end(),
            is_fault: span.is_fault(),
            is_error: span.is_error(),
            is_throttle: span.is_throttle(),
            errors: span.errors().to_vec(),
            annotations: span
                .annotations()
                .map(|(key, value)| (key.to_owned(), to_json(value)))
                .collect(),
            metadata: metadata.collect(),
            aws: span.aws().cloned(),
            http: span.http().cloned(),
        }
    }

    /// Returns the name: that of the `tracing` span, of the called host or service, or `handler`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the kind of the span: the handler, a `tracing` span, or a call.
    pub fn kind(&self) -> SpanKind {
        self.kind
    }

    /// Returns the id, 16 hexadecimal digits.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the id of the span that this one is a part of.
    pub fn parent_id(&self) -> &str {
        &self.parent_id
    }

    /// Returns the id of the trace.
    pub fn trace_id(&self) -> &str {
        &self.trace_id
    }

    /// Returns the time at which the span began.
    pub fn start(&self) -> SystemTime {
        self.start
    }

    /// Returns the time at which the span ended.
    pub fn end(&self) -> SystemTime {
        self.end
    }

    /// Returns whether the span failed.
    pub fn is_fault(&self) -> bool {
        self.is_fault
    }

    /// Returns whether the called service, or the handler, refused the request with a status from 400 to 499.
    pub fn is_error(&self) -> bool {
        self.is_error
    }

    /// Returns whether the request was throttled.
    pub fn is_throttle(&self) -> bool {
        self.is_throttle
    }

    /// Returns the errors that the span failed with.
    pub fn errors(&self) -> &[ErrorReport] {
        &self.errors
    }

    /// Returns the value of an annotation, if the span has it.
    pub fn annotation(&self, key: &str) -> Option<&Value> {
        self.annotations.get(key)
    }

    /// Returns a value of the metadata in any namespace, if the span has it.
    pub fn metadata(&self, key: &str) -> Option<&Value> {
        let mut entries = self.metadata.iter();
        entries.find(|((_, there), _)| there == key).map(|(_, value)| value)
    }

    /// Returns a value of the metadata in a namespace, if the span has it.
    pub fn metadata_in(&self, namespace: &str, key: &str) -> Option<&Value> {
        self.metadata.get(&(namespace.to_owned(), key.to_owned()))
    }

    /// Returns the details of an AWS SDK call.
    pub fn aws(&self) -> Option<&AwsCall> {
        self.aws.as_ref()
    }

    /// Returns the details of an HTTP exchange.
    pub fn http(&self) -> Option<&HttpCall> {
        self.http.as_ref()
    }
}

impl fmt::Display for EmittedSpan {
    /// Writes the name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

fn to_json(value: AnnotationValue<'_>) -> Value {
    match value {
        AnnotationValue::Text(text) => text.into_owned().into(),
        AnnotationValue::Integer(number) => number.into(),
        AnnotationValue::Unsigned(number) => number.into(),
        AnnotationValue::Float(number) => number.into(),
        AnnotationValue::Bool(flag) => flag.into(),
        _ => Value::Null,
    }
}
