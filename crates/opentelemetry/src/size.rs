//! [`encoded_len`], an upper bound for the length of a span in OTLP's protobuf.

use opentelemetry::trace::Status;
use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

/// Returns an upper bound for the length of a span in OTLP's protobuf, in bytes.
///
/// With a bound, a batch can be cut to a receiver's limits without encoding each span twice.
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
/// Tags and lengths of a key, its value and the messages around them.
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

#[cfg(all(test, feature = "otlp"))]
mod tests {
    use std::time::UNIX_EPOCH;

    use opentelemetry::trace::{Event, Link, SpanContext, SpanId, SpanKind, TraceFlags, TraceId, TraceState};
    use opentelemetry_proto::tonic::trace::v1::Span;
    use opentelemetry_sdk::trace::{SpanEvents, SpanLinks};
    use proptest::prelude::*;
    use prost::Message as _;

    use super::*;

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            ".{0,300}".prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<bool>().prop_map(Value::from),
            prop::collection::vec(".{0,40}", 0..5).prop_map(|texts| {
                let texts: Vec<_> = texts.into_iter().map(opentelemetry::StringValue::from).collect();
                Value::Array(texts.into())
            }),
            prop::collection::vec(any::<i64>(), 0..5).prop_map(|list| Value::Array(list.into())),
        ]
    }

    fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
        prop::collection::vec(
            (".{0,40}", value()).prop_map(|(key, value)| KeyValue::new(key, value)),
            0..6,
        )
    }

    proptest! {
        #[test]
        fn the_bound_is_at_least_the_size_and_not_much_more(
            name in ".{0,300}",
            attributes in attributes(),
            of_event in prop::collection::vec(attributes(), 0..3),
            links in 0..4_usize,
            error in ".{0,200}",
        ) {
            let context = SpanContext::new(
                TraceId::from(u128::MAX), SpanId::from(u64::MAX), TraceFlags::SAMPLED, false, TraceState::NONE,
            );
            let mut events = SpanEvents::default();
            events.events.extend(of_event.into_iter().map(|attributes| Event::new("exception", UNIX_EPOCH, attributes, 0)));
            let mut all_links = SpanLinks::default();
            all_links.links.extend((0..links).map(|_| Link::new(context.clone(), Vec::new(), 0)));
            let span = SpanData {
                span_context: context,
                parent_span_id: SpanId::from(u64::MAX),
                parent_span_is_remote: true,
                span_kind: SpanKind::Server,
                name: name.into(),
                start_time: UNIX_EPOCH + std::time::Duration::from_secs(1 << 31),
                end_time: UNIX_EPOCH + std::time::Duration::from_secs(1 << 31),
                attributes,
                dropped_attributes_count: u32::MAX,
                events,
                links: all_links,
                status: Status::error(error),
                instrumentation_scope: opentelemetry::InstrumentationScope::default(),
            };
            let bound = encoded_len(&span);
            let pairs = span.attributes.len() + span.events.iter().map(|event| event.attributes.len()).sum::<usize>();
            // With the tag and the length of the span itself.
            let real = Span::from(span).encoded_len() + 6;
            prop_assert!(real <= bound, "{real} > {bound}");
            prop_assert!(bound <= real + 128 + 40 * pairs + 300, "{bound} is too much for {real}");
        }
    }
}
