//! [`encoded_len`], how long a span is as OTLP's protobuf, at most.

use opentelemetry::trace::Status;
use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

/// Returns how many bytes a span has as OTLP's protobuf, at most.
///
/// A bound, so that a batch can be cut to a receiver's limits without encoding each span twice.
pub(crate) fn encoded_len(span: &SpanData) -> usize {
    let events = span.events.iter();
    let events = events.map(|event| EVENT + event.name.len() + attributes_len(&event.attributes));
    let links = span.links.iter();
    let links = links.map(|link| LINK + attributes_len(&link.attributes));
    let status = match &span.status {
        Status::Error { description } => description.len(),
        _ => 0,
    };
    SPAN + span.name.len() + attributes_len(&span.attributes) + events.sum::<usize>() + links.sum::<usize>() + status
}

/// Ids, times, counts and flags, with the tags and lengths of all fields.
const SPAN: usize = 128;
const EVENT: usize = 40;
const LINK: usize = 72;
/// Tags and lengths of a key, its value and what is around them.
const PAIR: usize = 24;
/// Tags and lengths of a value in a list, or a number.
const ELEMENT: usize = 14;

fn attributes_len(attributes: &[KeyValue]) -> usize {
    attributes.iter().map(attribute_len).sum()
}

pub(crate) fn attribute_len(attribute: &KeyValue) -> usize {
    let value = match &attribute.value {
        Value::String(text) => text.as_str().len(),
        Value::Array(Array::String(texts)) => texts.iter().map(|text| ELEMENT + text.as_str().len()).sum(),
        Value::Array(Array::Bool(list)) => ELEMENT * list.len(),
        Value::Array(Array::I64(list)) => ELEMENT * list.len(),
        Value::Array(Array::F64(list)) => ELEMENT * list.len(),
        _ => ELEMENT,
    };
    PAIR + attribute.key.as_str().len() + value
}
