//! Any tracing header, `traceparent` and event make spans of one trace with valid ids; OpenTelemetry's own propagator
//! reads the same ids.
//!
//! Input: X-Ray's header, the `traceparent` or an empty line, then the event that is used without one.
#![no_main]

use std::collections::HashMap;

use libfuzzer_sys::fuzz_target;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::InMemorySpanExporter;
use powertools_lambda_core::test_util::{TestEnvironment, context};
use powertools_lambda_fuzz::input::first_line;
use powertools_lambda_fuzz::invocation::invoke;
use powertools_lambda_opentelemetry::{OpenTelemetry, traceparent};
use powertools_lambda_tracer::Tracer;
use serde_json::json;
use tracing_subscriber::layer::SubscriberExt;

fuzz_target!(|data: &[u8]| {
    let (header, rest) = first_line(data);
    let (parent, event) = first_line(rest);
    let event = if parent.is_empty() {
        event.to_vec()
    } else {
        json!({"headers": {"traceparent": parent}}).to_string().into_bytes()
    };
    let exporter = InMemorySpanExporter::default();
    let environment = TestEnvironment::new().var("LAMBDA_TASK_ROOT", "/var/task");
    let open_telemetry = OpenTelemetry::builder()
        .environment(&environment)
        .exporter(exporter.clone())
        .build();
    let open_telemetry = open_telemetry.expect("an exporter is all that it needs");
    let tracer = open_telemetry
        .configure(Tracer::builder().environment(&environment))
        .build();
    let subscriber = tracing_subscriber::registry().with(tracer.subscriber_layer());
    let mut context = context();
    context.xray_trace_id = Some(header.into_owned());
    let mut sent = None;
    tracing::subscriber::with_default(subscriber, || {
        invoke(&tracer.invocation_layer(), context, &event, || {
            tracing::info_span!("span").in_scope(|| sent = traceparent());
        });
    });
    let spans = exporter.get_finished_spans().expect("spans");
    for span in &spans {
        assert!(span.span_context.is_valid());
        assert_eq!(span.span_context.trace_id(), spans[0].span_context.trace_id());
        assert!(span.links.links.len() <= 128);
        assert!(span.links.iter().all(|link| link.span_context.is_valid()));
    }
    let propagator = TraceContextPropagator::new();
    if let Some(sent) = &sent {
        let carrier = HashMap::from([("traceparent".to_owned(), sent.clone())]);
        let read = propagator.extract(&carrier);
        let span = spans.iter().find(|span| span.name == "span");
        if let Some(span) = span {
            assert_eq!(
                read.span().span_context().span_id(),
                span.span_context.span_id(),
                "{sent}"
            );
            assert_eq!(
                read.span().span_context().trace_id(),
                span.span_context.trace_id(),
                "{sent}"
            );
        }
    }
    let carrier = HashMap::from([("traceparent".to_owned(), parent.into_owned())]);
    let read = propagator.extract(&carrier);
    let theirs = read.span().span_context().clone();
    let handler = spans.iter().find(|span| span.name == "handler");
    if let Some(handler) = handler.filter(|handler| handler.span_context.trace_id() == theirs.trace_id()) {
        assert_eq!(handler.parent_span_id, theirs.span_id());
    }
});
