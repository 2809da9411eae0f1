//! Which spans make room, which go into a request, and which are given up.

use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status};

use super::*;

const LIMITS: Limits = Limits {
    queue: 4,
    queue_bytes: 10_000,
    batch: 3,
    batch_bytes: 1_000,
    span_bytes: 600,
};

fn span(name: &'static str, bytes: usize) -> SpanData {
    SpanData {
        span_context: SpanContext::NONE,
        parent_span_id: SpanId::INVALID,
        parent_span_is_remote: false,
        span_kind: SpanKind::Internal,
        name: name.into(),
        start_time: std::time::UNIX_EPOCH,
        end_time: std::time::UNIX_EPOCH,
        attributes: vec![KeyValue::new("small", 1), KeyValue::new("large", "x".repeat(bytes))],
        dropped_attributes_count: 0,
        events: opentelemetry_sdk::trace::SpanEvents::default(),
        links: opentelemetry_sdk::trace::SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: opentelemetry::InstrumentationScope::default(),
    }
}

fn names(batch: &[Waiting]) -> Vec<&str> {
    batch.iter().map(|waiting| &*waiting.span.name).collect()
}

#[test]
fn the_oldest_make_room() {
    let mut queue = Queue::new(LIMITS);
    for name in ["a", "b", "c", "d", "e"] {
        queue.push(span(name, 1));
    }
    assert_eq!(queue.make_room(), 1);
    assert_eq!(names(&queue.take()), ["b", "c", "d"]);
    assert_eq!(names(&queue.take()), ["e"]);
    assert!(queue.is_empty() && queue.bytes == 0 && queue.take().is_empty());
}

#[test]
fn a_request_has_limited_bytes_but_at_least_one_span() {
    let mut queue = Queue::new(LIMITS);
    for name in ["a", "b", "c"] {
        queue.push(span(name, 350));
    }
    assert_eq!(names(&queue.take()), ["a"]);
    let mut queue = Queue::new(Limits {
        batch_bytes: 1,
        ..LIMITS
    });
    queue.push(span("a", 1));
    assert_eq!(names(&queue.take()), ["a"]);
}

#[test]
fn spans_that_failed_come_first_and_are_given_up_in_the_end() {
    let mut queue = Queue::new(LIMITS);
    queue.push(span("a", 1));
    let batch = queue.take();
    queue.push(span("b", 1));
    assert_eq!(queue.put_back(batch), 0);
    let batch = queue.take();
    assert_eq!(names(&batch), ["a", "b"]);
    assert_eq!(queue.put_back(batch), 0);
    let batch = queue.take();
    assert_eq!(queue.put_back(batch), 1);
    assert_eq!(names(&queue.take()), ["b"]);
}

#[test]
fn a_span_that_is_too_large_loses_its_largest_value() {
    let mut queue = Queue::new(LIMITS);
    assert_eq!(queue.push(span("a", 601)), 1);
    let taken = queue.take();
    assert_eq!(taken[0].span.attributes, [KeyValue::new("small", 1)]);
    assert_eq!(taken[0].span.dropped_attributes_count, 1);
}
