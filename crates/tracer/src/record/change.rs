//! How a [`SpanRecord`] is filled.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use powertools_lambda_core::{ErrorReport, SegmentId, TraceId};

use super::{Annotation, HttpCall, Link, MetadataEntry, Range, Refusal, SpanKind, SpanRecord, Stored};
use crate::AnnotationValue;

/// The annotations that the tracer itself sets on the handler; a trace is searched by the annotations of all its spans.
const COLD_START: &str = "ColdStart";
const SERVICE: &str = "Service";
const OWN_ANNOTATIONS: [&str; 2] = [COLD_START, SERVICE];
/// For each byte, whether it is a letter, a digit or the underscore.
const SIMPLE: [bool; 256] = {
    let (mut table, mut byte) = ([false; 256], 0_u8);
    while byte < 128 {
        table[byte as usize] = byte.is_ascii_alphanumeric() || byte == b'_';
        byte += 1;
    }
    table
};
/// How many characters a key may have.
const MAX_KEY: usize = 500;
/// How many annotations a span may have; X-Ray indexes 50 per trace.
const MAX_ANNOTATIONS: usize = 50;
/// How many characters of an annotation's text X-Ray accepts.
const MAX_TEXT: usize = 1_000;
/// How many bytes of text or of JSON a record holds, because more would not fit into a document.
const MAX_BYTES: usize = 64_000;
/// How many errors a span keeps.
const MAX_ERRORS: usize = 8;
/// How many links a span keeps, so that there is room for the rest of a document.
const MAX_LINKS: usize = 100;
/// The approximate size of a record without its texts, in bytes.
const OWN_SIZE: usize = 512;
/// How large the buffers of a record may be to be reused for another span.
const MAX_REUSED: usize = 8_192;

/// The data of a span that is known when it begins.
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
            fault: false,
            error: false,
            throttle: false,
            errors: Vec::new(),
            aws: None,
            http: None,
            links: Vec::new(),
            text: String::new(),
            json: Vec::new(),
            annotations: Vec::new(),
            metadata: Vec::new(),
        }
    }

    /// Returns the data that the span began with.
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

    /// Copies name, annotations and metadata of another record; returns the first key that was refused.
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

    /// Turns it into the record of another span and keeps the buffers.
    pub(crate) fn begin_again(&mut self, beginning: Beginning) {
        // All fields are named, so that none is forgotten; assigning them one by one moves the least memory.
        let Self {
            trace_id,
            id,
            parent_id,
            kind,
            name,
            start,
            end,
            service,
            fault,
            error,
            throttle,
            errors,
            aws,
            http,
            links,
            text,
            json,
            annotations,
            metadata,
        } = self;
        *trace_id = beginning.trace_id;
        *id = beginning.id;
        *parent_id = beginning.parent_id;
        *kind = beginning.kind;
        *name = beginning.name;
        *start = beginning.start;
        *end = None;
        *service = beginning.service;
        (*fault, *error, *throttle) = (false, false, false);
        errors.clear();
        (*aws, *http) = (None, None);
        links.clear();
        text.clear();
        json.clear();
        annotations.clear();
        metadata.clear();
    }

    /// Returns whether its buffers are small enough for reuse.
    pub(crate) fn is_reusable(&self) -> bool {
        self.text.capacity() + self.json.capacity() <= MAX_REUSED
    }

    /// Returns approximately how much memory the record takes, in bytes.
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

    pub(crate) fn fault(&mut self) {
        self.fault = true;
    }

    /// Sets the status of the response and marks the span as X-Ray defines: 429 throttle, 4xx error, 5xx fault.
    pub(crate) fn set_status(&mut self, status: u16) {
        self.http_mut().status = Some(status);
        match status {
            429 => self.throttle(),
            400..=499 => self.error = true,
            500..=599 => self.fault = true,
            _ => {}
        }
    }

    pub(crate) fn throttle(&mut self) {
        self.throttle = true;
        self.error = true;
    }

    #[cfg(feature = "aws-sdk")]
    pub(crate) fn aws_mut(&mut self) -> &mut super::AwsCall {
        self.aws.get_or_insert_default()
    }

    pub(crate) fn http_mut(&mut self) -> &mut HttpCall {
        self.http.get_or_insert_default()
    }

    pub(crate) fn add_error(&mut self, error: ErrorReport) {
        if self.errors.len() < MAX_ERRORS && !self.errors.contains(&error) {
            self.errors.push(error);
        }
    }

    pub(crate) fn link(&mut self, link: Link) {
        if self.links.len() < MAX_LINKS && !self.links.contains(&link) {
            self.links.push(link);
        }
    }

    /// Adds an annotation, unless its key is one of the tracer's own.
    pub(crate) fn annotate(&mut self, key: &str, value: &AnnotationValue<'_>) -> Result<(), Refusal> {
        if OWN_ANNOTATIONS.contains(&key) {
            return Err(Refusal::OwnAnnotation);
        }
        self.set_annotation(key, value)
    }

    /// Adds the tracer's own annotations to a record that has no others, so that nothing has to be checked.
    pub(crate) fn add_own_annotations(&mut self, cold_start: bool) {
        let key = self.push_text(COLD_START);
        let value = Stored::Bool(cold_start);
        self.annotations.push(Annotation { key, value });
        if let Some(service) = self.service.clone() {
            let key = self.push_text(SERVICE);
            let value = Stored::Text(self.push_text(cut(&service, MAX_TEXT)));
            self.annotations.push(Annotation { key, value });
        }
    }

    /// Sets an annotation of any other key.
    fn set_annotation(&mut self, key: &str, value: &AnnotationValue<'_>) -> Result<(), Refusal> {
        if key.is_empty() || key.len() > MAX_KEY || !is_simple(key) {
            return Err(Refusal::AnnotationKey);
        }
        if matches!(value, AnnotationValue::Float(number) if !number.is_finite()) {
            return Err(Refusal::NotFinite);
        }
        let place = self.annotations.iter().position(|at| self.text(at.key) == key);
        if place.is_none() && self.annotations.len() >= MAX_ANNOTATIONS {
            return Err(Refusal::TooManyAnnotations);
        }
        let text = match value {
            AnnotationValue::Text(text) => cut(text, MAX_TEXT),
            _ => "",
        };
        // Room for both is made before either is pushed, because making room moves only texts that are already part of
        // the record.
        self.make_room(text.len() + if place.is_none() { key.len() } else { 0 })?;
        let value = match value {
            AnnotationValue::Text(_) => Stored::Text(self.push_text(text)),
            AnnotationValue::Integer(number) => Stored::Integer(*number),
            AnnotationValue::Unsigned(number) => Stored::Unsigned(*number),
            AnnotationValue::Float(number) => Stored::Float(*number),
            AnnotationValue::Bool(flag) => Stored::Bool(*flag),
            // A variant that core may add later.
            _ => return Err(Refusal::NotScalar),
        };
        if let Some(place) = place {
            self.annotations[place].value = value;
        } else {
            let key = self.push_text(key);
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
        let is_long = cut(key, MAX_KEY).len() < key.len();
        if key.is_empty() || is_long || key.starts_with("AWS.") {
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
            // Room for both is made first, as in `set_annotation`.
            self.make_room(key.len() + namespace.map_or(0, str::len))?;
            let key = self.push_text(key);
            let namespace = namespace.map(|namespace| self.push_text(namespace));
            self.metadata.push(MetadataEntry { namespace, key, json });
        }
        Ok(())
    }

    /// Makes room for this many bytes of text, if possible.
    fn make_room(&mut self, bytes: usize) -> Result<(), Refusal> {
        if self.text.len() + bytes > MAX_BYTES {
            self.compact_text();
            if self.text.len() + bytes > MAX_BYTES {
                return Err(Refusal::TooLarge);
            }
        }
        Ok(())
    }

    /// Appends a text for which there is room.
    fn push_text(&mut self, text: &str) -> Range {
        let start = self.text.len();
        self.text.push_str(text);
        Range {
            start,
            end: self.text.len(),
        }
    }

    /// Removes the texts of values that were replaced.
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
            if let Stored::Text(range) = &mut annotation.value {
                keep(range);
            }
        }
        for entry in &mut self.metadata {
            keep(&mut entry.key);
            entry.namespace.as_mut().into_iter().for_each(&mut keep);
        }
    }

    /// Removes the JSON of values that were replaced.
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

/// Returns whether a text has only letters, digits and underscores, as the key of an annotation must.
#[inline]
pub(crate) fn is_simple(text: &str) -> bool {
    text.bytes().all(|byte| SIMPLE[usize::from(byte)])
}

/// Returns the first `max` characters of a text.
pub(crate) fn cut(text: &str, max: usize) -> &str {
    if text.len() <= max {
        return text;
    }
    text.char_indices().nth(max).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use powertools_lambda_core::SegmentId;

    use super::*;

    fn record() -> SpanRecord {
        SpanRecord::new(Beginning {
            trace_id: "1-5759e988-bd862e3fe1be46a994272793".parse().unwrap(),
            id: SegmentId::from(1),
            parent_id: SegmentId::from(2),
            kind: SpanKind::Internal,
            name: "span".into(),
            start: UNIX_EPOCH,
            service: None,
        })
    }

    /// Fills the texts up to `free` bytes below the limit, with values of which all but the last were replaced.
    fn filled(free: usize) -> SpanRecord {
        let mut record = record();
        while MAX_BYTES - record.text.len() - free > MAX_TEXT {
            record.annotate("a", &"x".repeat(MAX_TEXT).as_str().into()).unwrap();
        }
        let left = MAX_BYTES - record.text.len() - free;
        record.annotate("a", &"y".repeat(left).as_str().into()).unwrap();
        assert_eq!(record.text.len(), MAX_BYTES - free);
        record
    }

    #[test]
    fn the_limit_of_a_metadata_key_is_in_characters() {
        for (characters, expected) in [(300, Ok(())), (500, Ok(())), (501, Err(Refusal::ReservedKey))] {
            for character in ["k", "é", "鍵"] {
                let key = character.repeat(characters);
                let set = record().set_metadata(None, &key, |json| json.push(b'1'));
                assert_eq!(set, expected, "{characters} times {character}");
            }
        }
    }

    #[test]
    fn a_key_that_needs_room_after_its_value_keeps_the_value() {
        for free in 0..12 {
            let mut record = filled(free);
            record.annotate("key", &"value".into()).unwrap();
            let annotations: Vec<_> = record.annotations().collect();
            assert_eq!(annotations.last(), Some(&("key", "value".into())), "{free} bytes free");
        }
    }

    #[test]
    fn a_namespace_that_needs_room_after_its_key_keeps_the_key() {
        for free in 0..12 {
            let mut record = filled(free);
            record
                .set_metadata(Some("space"), "key", |json| json.push(b'1'))
                .unwrap();
            let entry = record.metadata().last().unwrap();
            assert_eq!((entry.namespace, entry.key), ("space", "key"), "{free} bytes free");
        }
    }
}
