//! [`begin`] and [`write`], which write X-Ray subsegments.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use powertools_lambda_core::{ErrorReport, SegmentId, json};

use super::name;
use crate::ids;
use crate::record::{SpanKind, SpanRecord, cut, is_simple};

/// How large a document may be, in bytes; X-Ray accepts 64 kB.
pub(super) const MAX_DOCUMENT: usize = 64_000;
/// How long the beginning of a document is, with the braces around it.
pub(super) const ROOT_LEN: usize = 102;
/// Bytes reserved for flags, for the brackets of each part and for the beginning of the document.
const RESERVE: usize = 128 + ROOT_LEN;
/// Bytes that the names of a call's resources leave free for its HTTP part and links.
const RESERVE_AFTER_RESOURCES: usize = 16_000;
/// How many characters of a name or a URL are kept; X-Ray's schema allows 250.
const MAX_ATTRIBUTE: usize = 250;
/// How many characters of an exception's message are kept.
const MAX_MESSAGE: usize = 2_000;

/// Appends the beginning of a separate document: the members that a subsegment has only if it is not nested in another
/// one.
///
/// A subsegment without a parent is invalid, so a handler that begins its trace is a segment.
pub(super) fn begin(buffer: &mut Vec<u8>, span: &SpanRecord) {
    if is_segment(span) {
        push(buffer, r#"{"trace_id":""#);
        buffer.extend_from_slice(span.trace_id().as_bytes());
    } else {
        push(buffer, r#"{"type":"subsegment","trace_id":""#);
        buffer.extend_from_slice(span.trace_id().as_bytes());
        push(buffer, r#"","parent_id":""#);
        buffer.extend_from_slice(span.parent_id().as_bytes());
    }
    push(buffer, r#"","#);
}

/// Appends what a span recorded, without the braces around it; returns how many of its values did not fit.
///
/// Values that do not fit are left out in this order: metadata, annotations, exceptions, resources of a call; among
/// several of a kind, the latest first. Name, ids, times, links and the rest of a call always fit.
pub(super) fn write(buffer: &mut Vec<u8>, second: &mut Second, span: &SpanRecord) -> usize {
    let mut document = Document {
        end: buffer.len() + MAX_DOCUMENT - RESERVE,
        buffer,
        second,
        cut: 0,
    };
    document.head(span);
    document.call(span);
    document.links(span);
    document.errors(span);
    document.annotations(span);
    document.metadata(span);
    document.cut
}

/// Returns whether a span begins its trace.
fn is_segment(span: &SpanRecord) -> bool {
    *span.parent_id() == SegmentId::from(0)
}

/// The second that was written last; most times of a trace are in the same one.
#[derive(Default)]
pub(super) struct Second {
    number: u64,
    /// Its digits and the point after them, with room for microseconds, if it has ten digits, as the seconds from 2001 to 2286
    /// do.
    text: Option<[u8; TIME_LEN]>,
}

/// The length of a time: ten digits, the point, six digits.
const TIME_LEN: usize = 17;
const MICROS_AT: usize = 11;

impl Second {
    fn new(number: u64) -> Self {
        let mut text = [b'.'; TIME_LEN];
        let mut digits = Vec::new();
        json::write_u64(&mut digits, number);
        let is_usual = digits.len() == MICROS_AT - 1;
        text.iter_mut().zip(digits).for_each(|(place, digit)| *place = digit);
        Self {
            number,
            text: is_usual.then_some(text),
        }
    }

    /// Returns a time as seconds since the epoch with microseconds, in decimal, if its second has ten digits.
    fn usual(&mut self, time: SystemTime) -> Option<[u8; TIME_LEN]> {
        let since_epoch = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        if self.number != since_epoch.as_secs() {
            *self = Self::new(since_epoch.as_secs());
        }
        let mut text = self.text?;
        text[MICROS_AT..].copy_from_slice(micros(since_epoch).as_flattened());
        Some(text)
    }
}

/// Returns the six digits of the microseconds.
fn micros(time: Duration) -> [[u8; 2]; 3] {
    let micros = time.subsec_micros();
    [micros / 10_000, micros / 100, micros].map(|number| PAIRS[(number % 100) as usize])
}

/// The two digits of each number below 100.
const PAIRS: [[u8; 2]; 100] = {
    let (mut pairs, mut number) = ([[0; 2]; 100], 0_u8);
    while number < 100 {
        pairs[number as usize] = [b'0' + number / 10, b'0' + number % 10];
        number += 1;
    }
    pairs
};

/// What follows the name of a span; the dashes are places for the id and the two times.
const AFTER_NAME: [u8; 85] =
    *br#"","id":"----------------","start_time":-----------------,"end_time":-----------------"#;
const ID_AT: usize = 8;
const START_AT: usize = 39;
const END_AT: usize = 68;

struct Document<'a> {
    buffer: &'a mut Vec<u8>,
    second: &'a mut Second,
    end: usize,
    cut: usize,
}

impl Document<'_> {
    fn head(&mut self, span: &SpanRecord) {
        self.raw(r#""name":""#);
        self.name(span);
        let times = (self.second.usual(span.start()), self.second.usual(span.end()));
        if let (Some(start), Some(end)) = times {
            // Appended in one piece, because most of a short document's cost is that of appending its many pieces.
            let mut text = AFTER_NAME;
            text[ID_AT..][..16].copy_from_slice(span.id().as_bytes());
            text[START_AT..][..TIME_LEN].copy_from_slice(&start);
            text[END_AT..].copy_from_slice(&end);
            self.buffer.extend_from_slice(&text);
            return;
        }
        self.raw(r#"","id":""#);
        self.buffer.extend_from_slice(span.id().as_bytes());
        self.raw(r#"","start_time":"#);
        self.unusual_time(span.start());
        self.raw(r#","end_time":"#);
        self.unusual_time(span.end());
    }

    fn name(&mut self, span: &SpanRecord) {
        let prefix = match span.kind() {
            // The name of a segment is that of the service in X-Ray's map.
            SpanKind::Handler if is_segment(span) => {
                let mut text = String::new();
                name::push(&mut text, span.service().unwrap_or_default());
                let text = if text.trim().is_empty() { "handler" } else { &text };
                return json::write_escaped(self.buffer, text);
            }
            SpanKind::Handler | SpanKind::Internal => "## ",
            SpanKind::Named | SpanKind::Aws | SpanKind::Remote => "",
        };
        if span.name().len() <= 100 && !span.name().is_empty() && is_simple(span.name()) {
            self.raw(prefix);
            self.raw(span.name());
            return;
        }
        let mut text = prefix.to_owned();
        name::push(&mut text, span.name());
        if text.trim().is_empty() || text == prefix {
            text.push_str("unnamed");
        }
        json::write_escaped(self.buffer, &text);
    }

    /// Appends seconds since the epoch with microseconds, in decimal.
    fn unusual_time(&mut self, time: SystemTime) {
        let since_epoch = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        json::write_u64(self.buffer, since_epoch.as_secs());
        self.buffer.push(b'.');
        self.buffer.extend_from_slice(micros(since_epoch).as_flattened());
    }

    fn call(&mut self, span: &SpanRecord) {
        match span.kind() {
            SpanKind::Aws => self.raw(r#","namespace":"aws""#),
            SpanKind::Remote => self.raw(r#","namespace":"remote""#),
            _ => {}
        }
        if let Some(aws) = span.aws() {
            self.raw(r#","aws":{"operation":"#);
            self.text(&aws.operation, MAX_ATTRIBUTE);
            for (key, value) in [("region", &aws.region), ("request_id", &aws.request_id)] {
                if let Some(value) = value {
                    self.key(key);
                    self.text(value, MAX_ATTRIBUTE);
                }
            }
            self.key("retries");
            json::write_u64(self.buffer, aws.retries.into());
            for (key, values) in &aws.resources {
                self.resource(key, values);
            }
            self.raw("}");
        }
        if let Some(http) = span.http() {
            self.raw(r#","http":{"#);
            if !http.method.is_empty() {
                self.raw(r#""request":{"method":"#);
                self.text(&http.method, MAX_ATTRIBUTE);
                self.key("url");
                self.text(&http.url, MAX_ATTRIBUTE);
                self.raw("}");
            }
            if let Some(status) = http.status {
                if !http.method.is_empty() {
                    self.raw(",");
                }
                self.raw(r#""response":{"status":"#);
                json::write_u64(self.buffer, status.into());
                if let Some(length) = http.content_length {
                    self.key("content_length");
                    json::write_u64(self.buffer, length);
                }
                self.raw("}");
            }
            self.raw("}");
        }
    }

    fn resource(&mut self, key: &str, values: &[String]) {
        self.key(key);
        if let [value] = values {
            self.text(value, MAX_ATTRIBUTE);
            return;
        }
        self.raw("[");
        self.end -= RESERVE_AFTER_RESOURCES;
        let mut list = List::default();
        for value in values {
            self.entry(&mut list, |buffer| json::write_str(buffer, cut(value, MAX_ATTRIBUTE)));
        }
        self.end += RESERVE_AFTER_RESOURCES;
        self.raw("]");
    }

    fn links(&mut self, span: &SpanRecord) {
        for (at, link) in span.links().iter().enumerate() {
            self.raw(if at == 0 { r#","links":["# } else { "," });
            self.raw(r#"{"trace_id":""#);
            self.raw(link.trace_id.as_str());
            self.raw(r#"","id":""#);
            self.raw(link.id.as_str());
            self.raw(r#""}"#);
        }
        if !span.links().is_empty() {
            self.raw("]");
        }
    }

    fn errors(&mut self, span: &SpanRecord) {
        if span.is_fault() {
            self.raw(r#","fault":true"#);
        }
        if span.is_error() {
            self.raw(r#","error":true"#);
        }
        if span.is_throttle() {
            self.raw(r#","throttle":true"#);
        }
        if span.errors().is_empty() {
            return;
        }
        let now = span.end();
        let remote = matches!(span.kind(), SpanKind::Aws | SpanKind::Remote);
        self.raw(r#","cause":{"exceptions":["#);
        let mut list = List::default();
        for report in span.errors() {
            // Each exception except the last refers to its cause by id.
            let ids: Vec<_> = report.causes().iter().map(|_| ids::segment_id(now)).collect();
            self.exceptions(report, &ids, remote, &mut list);
        }
        self.raw("]}");
    }

    fn exceptions(&mut self, report: &ErrorReport, ids: &[SegmentId], remote: bool, list: &mut List) {
        for (at, cause) in report.causes().iter().enumerate() {
            self.entry(list, |buffer| {
                push(buffer, r#"{"id":""#);
                push(buffer, ids[at].as_str());
                push(buffer, r#"","message":"#);
                json::write_str(buffer, cut(&cause.message, MAX_MESSAGE));
                push(buffer, r#","type":"#);
                json::write_str(buffer, cut(&cause.name, 200));
                push(
                    buffer,
                    if remote {
                        r#","remote":true"#
                    } else {
                        r#","remote":false"#
                    },
                );
                if let Some(next) = ids.get(at + 1) {
                    push(buffer, r#","cause":""#);
                    push(buffer, next.as_str());
                    push(buffer, "\"");
                }
                push(buffer, "}");
            });
        }
    }

    fn annotations(&mut self, span: &SpanRecord) {
        if !span.has_annotations() {
            return;
        }
        self.raw(r#","annotations":{"#);
        let mut list = List::default();
        for (key, value) in span.annotations() {
            self.entry(&mut list, |buffer| {
                // Nothing in the key of an annotation has to be escaped.
                buffer.push(b'"');
                push(buffer, key);
                push(buffer, "\":");
                value.write_json(buffer);
            });
        }
        self.raw("}");
    }

    fn metadata(&mut self, span: &SpanRecord) {
        if !span.has_metadata() {
            return;
        }
        self.raw(r#","metadata":{"#);
        let mut namespaces = List::default();
        for (at, first) in span.metadata().enumerate() {
            let written = span.metadata().take(at).any(|entry| entry.namespace == first.namespace);
            if written {
                continue;
            }
            self.entry(&mut namespaces, |buffer| {
                json::write_str(buffer, first.namespace);
                push(buffer, ":{");
            });
            if namespaces.refused {
                self.cut += 1;
                break;
            }
            let mut list = List::default();
            for entry in span.metadata().filter(|entry| entry.namespace == first.namespace) {
                self.entry(&mut list, |buffer| {
                    json::write_str(buffer, entry.key);
                    buffer.push(b':');
                    buffer.extend_from_slice(entry.json);
                });
            }
            self.raw("}");
        }
        self.raw("}");
    }

    /// Appends one entry of a list, unless it does not fit.
    fn entry(&mut self, list: &mut List, write: impl FnOnce(&mut Vec<u8>)) {
        let before = self.buffer.len();
        if list.begun {
            self.buffer.push(b',');
        }
        write(self.buffer);
        list.refused = self.buffer.len() > self.end;
        if list.refused {
            self.buffer.truncate(before);
            self.cut += 1;
        } else {
            list.begun = true;
        }
    }

    fn key(&mut self, key: &str) {
        self.raw(",\"");
        self.raw(key);
        self.raw("\":");
    }

    fn text(&mut self, text: &str, max: usize) {
        json::write_str(self.buffer, cut(text, max));
    }

    fn raw(&mut self, text: &str) {
        push(self.buffer, text);
    }
}

#[derive(Default)]
struct List {
    begun: bool,
    refused: bool,
}

fn push(buffer: &mut Vec<u8>, text: &str) {
    buffer.extend_from_slice(text.as_bytes());
}
