//! [`Converter`] turns the tracer's spans into those of OpenTelemetry's SDK.

use opentelemetry::trace::{
    Event, Link as SpanLink, SpanContext, SpanId, SpanKind as OtelKind, Status, TraceFlags, TraceId as OtelId,
    TraceState,
};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use opentelemetry_semantic_conventions::SCHEMA_URL;
use opentelemetry_semantic_conventions::attribute::{EXCEPTION_MESSAGE, EXCEPTION_TYPE};
use powertools_lambda_core::{ErrorReport, SegmentId, TraceId};
use powertools_lambda_tracer::{Link, SpanKind, SpanRecord};

use crate::attributes::{attributes_of, text};

/// Turns the tracer's spans into those of OpenTelemetry's SDK.
pub(crate) struct Converter {
    scope: InstrumentationScope,
    /// Whether to write attributes whose names are in development.
    development: bool,
}

impl Converter {
    pub(crate) fn new(development: bool) -> Self {
        let scope = InstrumentationScope::builder("powertools-lambda-tracer")
            .with_version(env!("CARGO_PKG_VERSION"))
            .with_schema_url(SCHEMA_URL)
            .build();
        Self { scope, development }
    }

    pub(crate) fn convert(&self, record: &SpanRecord) -> SpanData {
        let is_handler = record.kind() == SpanKind::Handler;
        SpanData {
            span_context: SpanContext::new(
                trace_id(record.trace_id()),
                span_id(record.id()),
                TraceFlags::SAMPLED,
                false,
                TraceState::NONE,
            ),
            parent_span_id: span_id(record.parent_id()),
            // The handler's parent is a span of Lambda's or of the caller's.
            parent_span_is_remote: is_handler,
            span_kind: match record.kind() {
                SpanKind::Handler => OtelKind::Server,
                SpanKind::Aws | SpanKind::Remote => OtelKind::Client,
                _ => OtelKind::Internal,
            },
            name: name_of(record).into(),
            start_time: record.start(),
            end_time: record.end(),
            attributes: attributes_of(record, self.development),
            dropped_attributes_count: 0,
            events: events_of(record),
            links: links_of(record.links()),
            status: status_of(record),
            instrumentation_scope: self.scope.clone(),
        }
    }
}

/// Returns the name of a span: that of the tracer, but `S3/PutObject` for a call of an AWS SDK client and the method for one
/// of an HTTP client, as the conventions have them.
fn name_of(record: &SpanRecord) -> String {
    match (record.kind(), record.aws(), record.http()) {
        (SpanKind::Aws, Some(call), _) if !call.operation.is_empty() => format!("{}/{}", record.name(), call.operation),
        (SpanKind::Remote, _, Some(http)) if !http.method.is_empty() => http.method.clone(),
        _ => record.name().to_owned(),
    }
}

/// A refused request is an error of the client that sent it, but not of the server that refused it.
fn status_of(record: &SpanRecord) -> Status {
    let is_client = matches!(record.kind(), SpanKind::Aws | SpanKind::Remote);
    if record.is_fault() || (is_client && (record.is_error() || record.is_throttle())) {
        let message = record.errors().last().and_then(|error| error.causes().first());
        return Status::error(message.map(|cause| cause.message.clone()).unwrap_or_default());
    }
    Status::Unset
}

/// Each error is an event `exception`; causes come after the error that they caused.
fn events_of(record: &SpanRecord) -> SpanEvents {
    let mut events = SpanEvents::default();
    for cause in record.errors().iter().flat_map(ErrorReport::causes) {
        let attributes = vec![
            KeyValue::new(EXCEPTION_TYPE, text(&cause.name)),
            KeyValue::new(EXCEPTION_MESSAGE, text(&cause.message)),
        ];
        events.events.push(Event::new("exception", record.end(), attributes, 0));
    }
    events
}

fn links_of(links: &[Link]) -> SpanLinks {
    let mut converted = SpanLinks::default();
    converted.links.extend(links.iter().map(|link| {
        let context = SpanContext::new(
            trace_id(&link.trace_id),
            span_id(&link.id),
            TraceFlags::default(),
            true,
            TraceState::NONE,
        );
        SpanLink::new(context, Vec::new(), 0)
    }));
    converted
}

/// All 128 bits: X-Ray's form only has dashes in between.
pub(crate) fn trace_id(id: &TraceId) -> OtelId {
    let digits = id.as_bytes();
    let high = hex(&digits[2..10]);
    OtelId::from(
        digits[11..]
            .iter()
            .fold(u128::from(high), |bits, digit| bits << 4 | u128::from(nibble(*digit))),
    )
}

pub(crate) fn span_id(id: &SegmentId) -> SpanId {
    SpanId::from(hex(id.as_bytes()))
}

fn hex(digits: &[u8]) -> u64 {
    digits
        .iter()
        .fold(0, |bits, digit| bits << 4 | u64::from(nibble(*digit)))
}

/// The ids' types hold hexadecimal digits only.
fn nibble(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20).wrapping_sub(b'a').wrapping_add(10) & 15,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_keep_all_their_bits() {
        for (id, expected) in [
            (
                "1-5759e988-bd862e3fe1be46a994272793",
                0x5759_e988_bd86_2e3f_e1be_46a9_9427_2793_u128,
            ),
            ("1-FFFFFFFF-ffffffffFFFFFFFFffffffff", u128::MAX),
            ("1-00000000-000000000000000000000001", 1),
        ] {
            assert_eq!(trace_id(&id.parse().unwrap()), OtelId::from(expected), "{id}");
        }
        assert_eq!(
            span_id(&"53995C3f42cd8ad8".parse().unwrap()),
            SpanId::from(0x5399_5c3f_42cd_8ad8)
        );
        assert_eq!(span_id(&SegmentId::from(0)), SpanId::INVALID);
    }
}
