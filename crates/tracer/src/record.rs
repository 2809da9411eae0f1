//! A span as the emitter gets it.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use powertools_lambda_core::{ErrorReport, SegmentId, TraceId};

use crate::AnnotationValue;

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
    failed: bool,
    errors: Vec<ErrorReport>,
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
    pub fn is_failed(&self) -> bool {
        self.failed
    }

    /// Returns the errors it failed with, each with its causes.
    pub fn errors(&self) -> &[ErrorReport] {
        &self.errors
    }

    /// Returns the annotations: indexed, so that traces can be found by them.
    pub fn annotations(&self) -> impl Iterator<Item = (&str, AnnotationValue<'_>)> {
        self.annotations.iter().map(|annotation| {
            let value = match annotation.value {
                Value::Text(range) => AnnotationValue::Text(Cow::Borrowed(self.text(range))),
                Value::Integer(number) => AnnotationValue::Integer(number),
                Value::Unsigned(number) => AnnotationValue::Unsigned(number),
                Value::Float(number) => AnnotationValue::Float(number),
                Value::Bool(flag) => AnnotationValue::Bool(flag),
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

/// Why something was not taken into a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    AnnotationKey,
    NotFinite,
    TooManyAnnotations,
    ReservedKey,
    TooLarge,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AnnotationKey => "an annotation key has 1 to 500 of A-Z a-z 0-9 _",
            Self::NotFinite => "an annotation is no infinity and not NaN",
            Self::TooManyAnnotations => "a span has 50 annotations at most",
            Self::ReservedKey => "a metadata key has 1 to 500 characters and does not begin with AWS.",
            Self::TooLarge => "a span holds 64 kB at most",
        })
    }
}

/// How long a key may be.
const MAX_KEY: usize = 500;
/// How many annotations a span has; X-Ray indexes 50 per trace.
const MAX_ANNOTATIONS: usize = 50;
/// How many characters of an annotation's text X-Ray takes.
const MAX_TEXT: usize = 1_000;
/// How many bytes of text or JSON a record holds: no more than fits a document.
const MAX_BYTES: usize = 64_000;
/// How many errors a span keeps.
const MAX_ERRORS: usize = 8;
/// What a record takes beside its texts, in bytes, roughly.
const OWN_SIZE: usize = 512;
/// How large a record's buffers may be to be kept for the next span.
const MAX_REUSED: usize = 8_192;

#[derive(Clone, Copy)]
struct Range {
    start: usize,
    end: usize,
}

struct Annotation {
    key: Range,
    value: Value,
}

enum Value {
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

/// What is known of a span when it begins.
pub(crate) struct Beginning {
    pub(crate) trace_id: TraceId,
    pub(crate) id: SegmentId,
    pub(crate) parent_id: SegmentId,
    pub(crate) kind: SpanKind,
    pub(crate) name: Cow<'static, str>,
    pub(crate) start: SystemTime,
    pub(crate) service: Option<Arc<str>>,
}

impl SpanRecord {
    pub(crate) fn new(beginning: Beginning) -> Self {
        Self {
            trace_id: beginning.trace_id,
            id: beginning.id,
            parent_id: beginning.parent_id,
            kind: beginning.kind,
            name: beginning.name,
            start: beginning.start,
            end: None,
            service: beginning.service,
            failed: false,
            errors: Vec::new(),
            text: String::new(),
            json: Vec::new(),
            annotations: Vec::new(),
            metadata: Vec::new(),
        }
    }

    /// Returns what it began with.
    pub(crate) fn beginning(&self) -> Beginning {
        Beginning {
            trace_id: self.trace_id,
            id: self.id,
            parent_id: self.parent_id,
            kind: self.kind,
            name: self.name.clone(),
            start: self.start,
            service: self.service.clone(),
        }
    }

    /// Takes over name, annotations and metadata of another record; returns the key that was refused first.
    pub(crate) fn take_in(&mut self, other: &Self) -> Result<(), (String, Refusal)> {
        self.set_name(other.name.clone(), other.kind);
        let mut result = Ok(());
        let mut note = |key: &str, taken: Result<(), Refusal>| {
            if let (Ok(()), Err(refusal)) = (&result, taken) {
                result = Err((key.to_owned(), refusal));
            }
        };
        for (key, value) in other.annotations() {
            note(key, self.annotate(key, &value));
        }
        for entry in other.metadata() {
            let taken = self.set_metadata(None, entry.key, |json| json.extend_from_slice(entry.json));
            note(entry.key, taken);
        }
        result
    }

    /// Makes it the record of another span; the buffers stay.
    pub(crate) fn begin_again(&mut self, beginning: Beginning) {
        let mut text = std::mem::take(&mut self.text);
        let mut json = std::mem::take(&mut self.json);
        let mut annotations = std::mem::take(&mut self.annotations);
        let mut metadata = std::mem::take(&mut self.metadata);
        text.clear();
        json.clear();
        annotations.clear();
        metadata.clear();
        *self = Self {
            text,
            json,
            annotations,
            metadata,
            ..Self::new(beginning)
        };
    }

    /// Returns whether its buffers are small enough to be kept.
    pub(crate) fn is_reusable(&self) -> bool {
        self.text.capacity() + self.json.capacity() <= MAX_REUSED
    }

    /// Returns how much memory it takes, roughly.
    pub(crate) fn size(&self) -> usize {
        OWN_SIZE + self.text.len() + self.json.len()
    }

    pub(crate) fn set_name(&mut self, name: Cow<'static, str>, kind: SpanKind) {
        self.name = name;
        self.kind = kind;
    }

    pub(crate) fn end_at(&mut self, end: SystemTime) {
        // The first end counts, and a clock that was set back gives no negative duration.
        self.end.get_or_insert(end.max(self.start));
    }

    pub(crate) fn fail(&mut self, error: Option<ErrorReport>) {
        self.failed = true;
        if let Some(error) = error
            && self.errors.len() < MAX_ERRORS
            && !self.errors.contains(&error)
        {
            self.errors.push(error);
        }
    }

    pub(crate) fn annotate(&mut self, key: &str, value: &AnnotationValue<'_>) -> Result<(), Refusal> {
        let valid = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if key.is_empty() || key.len() > MAX_KEY || !key.bytes().all(valid) {
            return Err(Refusal::AnnotationKey);
        }
        if matches!(value, AnnotationValue::Float(number) if !number.is_finite()) {
            return Err(Refusal::NotFinite);
        }
        let place = self.annotations.iter().position(|at| self.text(at.key) == key);
        if place.is_none() && self.annotations.len() >= MAX_ANNOTATIONS {
            return Err(Refusal::TooManyAnnotations);
        }
        let value = match value {
            AnnotationValue::Text(text) => Value::Text(self.push_text(cut(text, MAX_TEXT))?),
            AnnotationValue::Integer(number) => Value::Integer(*number),
            AnnotationValue::Unsigned(number) => Value::Unsigned(*number),
            AnnotationValue::Float(number) => Value::Float(*number),
            AnnotationValue::Bool(flag) => Value::Bool(*flag),
        };
        if let Some(place) = place {
            self.annotations[place].value = value;
        } else {
            let key = self.push_text(key)?;
            self.annotations.push(Annotation { key, value });
        }
        Ok(())
    }

    /// Sets a value of the metadata; `write` appends its JSON.
    pub(crate) fn set_metadata(
        &mut self,
        namespace: Option<&str>,
        key: &str,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), Refusal> {
        if key.is_empty() || key.len() > MAX_KEY || key.starts_with("AWS.") {
            return Err(Refusal::ReservedKey);
        }
        let start = self.json.len();
        write(&mut self.json);
        if self.json.len() > MAX_BYTES {
            let json = self.json.split_off(start);
            self.compact_json();
            if self.json.len() + json.len() > MAX_BYTES {
                return Err(Refusal::TooLarge);
            }
            let start = self.json.len();
            self.json.extend_from_slice(&json);
            return self.place_metadata(namespace, key, start);
        }
        self.place_metadata(namespace, key, start)
    }

    fn place_metadata(&mut self, namespace: Option<&str>, key: &str, start: usize) -> Result<(), Refusal> {
        let json = Range {
            start,
            end: self.json.len(),
        };
        let place = self.metadata.iter().position(|entry| {
            self.text(entry.key) == key && entry.namespace.map(|range| self.text(range)) == namespace
        });
        if let Some(place) = place {
            self.metadata[place].json = json;
        } else {
            let key = self.push_text(key)?;
            let namespace = namespace.map(|namespace| self.push_text(namespace)).transpose()?;
            self.metadata.push(MetadataEntry { namespace, key, json });
        }
        Ok(())
    }

    fn text(&self, range: Range) -> &str {
        &self.text[range.start..range.end]
    }

    fn push_text(&mut self, text: &str) -> Result<Range, Refusal> {
        if self.text.len() + text.len() > MAX_BYTES {
            self.compact_text();
            if self.text.len() + text.len() > MAX_BYTES {
                return Err(Refusal::TooLarge);
            }
        }
        let start = self.text.len();
        self.text.push_str(text);
        Ok(Range {
            start,
            end: self.text.len(),
        })
    }

    /// Forgets the texts of values that were set anew.
    fn compact_text(&mut self) {
        let old = std::mem::take(&mut self.text);
        let mut keep = |range: &mut Range| {
            let start = self.text.len();
            self.text.push_str(&old[range.start..range.end]);
            *range = Range {
                start,
                end: self.text.len(),
            };
        };
        for annotation in &mut self.annotations {
            keep(&mut annotation.key);
            if let Value::Text(range) = &mut annotation.value {
                keep(range);
            }
        }
        for entry in &mut self.metadata {
            keep(&mut entry.key);
            entry.namespace.as_mut().into_iter().for_each(&mut keep);
        }
    }

    /// Forgets the JSON of values that were set anew.
    fn compact_json(&mut self) {
        let old = std::mem::take(&mut self.json);
        for entry in &mut self.metadata {
            let start = self.json.len();
            self.json.extend_from_slice(&old[entry.json.start..entry.json.end]);
            entry.json = Range {
                start,
                end: self.json.len(),
            };
        }
    }
}

/// Returns the first `max` characters of a text.
pub(crate) fn cut(text: &str, max: usize) -> &str {
    if text.len() <= max {
        return text;
    }
    text.char_indices().nth(max).map_or(text, |(end, _)| &text[..end])
}
