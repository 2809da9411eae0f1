//! Spans in memory: what is converted, what is a parent, and what is refused.

use std::time::Duration;

use opentelemetry::trace::{SpanKind, Status};
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SpanData, SpanExporter};
use powertools_lambda_core::test_util::{TestEnvironment, traced_context};
use powertools_lambda_opentelemetry::{OpenTelemetry, traceparent};
use powertools_lambda_tracer::{add_metadata, annotate, record_error, trace_header};

use crate::common::Function;

fn in_memory(environment: TestEnvironment) -> (Function, InMemorySpanExporter) {
    let exporter = InMemorySpanExporter::default();
    let function = Function::new(environment, |builder| builder.exporter(exporter.clone()));
    (function, exporter)
}

fn attribute(span: &SpanData, key: &str) -> Option<String> {
    let attribute = span.attributes.iter().find(|attribute| attribute.key.as_str() == key);
    attribute.map(|attribute| attribute.value.to_string())
}

#[tokio::test]
async fn the_ids_are_those_of_the_header() {
    let (function, exporter) = in_memory(TestEnvironment::new());
    function.invoke().await;
    let spans = exporter.get_finished_spans().unwrap();
    let (charge, handler) = (&spans[0], &spans[1]);
    assert_eq!((&*charge.name, &*handler.name), ("charge", "handler"));
    for span in &spans {
        assert_eq!(
            span.span_context.trace_id().to_string(),
            "5759e988bd862e3fe1be46a994272793"
        );
    }
    assert_eq!(handler.parent_span_id.to_string(), "53995c3f42cd8ad8");
    assert_eq!(charge.parent_span_id, handler.span_context.span_id());
    assert_eq!(
        (&handler.span_kind, &charge.span_kind),
        (&SpanKind::Server, &SpanKind::Internal)
    );
    assert_eq!(
        handler.instrumentation_scope.schema_url(),
        Some("https://opentelemetry.io/schemas/1.42.0")
    );
    assert!(function.environment.warnings().is_empty());
}

#[tokio::test]
async fn annotations_metadata_and_errors_are_shown() {
    let (function, exporter) = in_memory(TestEnvironment::new());
    function
        .invoke_with(traced_context(), "{}", async {
            annotate("tenant", "acme");
            annotate("items", 3);
            add_metadata("cart", ["book"]);
            let span = tracing::info_span!("charge");
            span.in_scope(|| record_error(&"x".parse::<u8>().unwrap_err()));
        })
        .await;
    let spans = exporter.get_finished_spans().unwrap();
    let (charge, handler) = (&spans[0], &spans[1]);
    assert_eq!(attribute(handler, "tenant").as_deref(), Some("acme"));
    assert_eq!(attribute(handler, "items").as_deref(), Some("3"));
    assert_eq!(attribute(handler, "ColdStart").as_deref(), Some("true"));
    assert_eq!(attribute(handler, "cart").as_deref(), Some(r#"["book"]"#));
    assert_eq!(attribute(handler, "faas.coldstart"), None);
    assert_eq!(charge.status, Status::error("invalid digit found in string"));
    assert_eq!(attribute(charge, "error.type").as_deref(), Some("ParseIntError"));
    assert_eq!(charge.events[0].name, "exception");
}

#[tokio::test]
async fn names_in_development_are_there_if_they_are_asked_for() {
    let exporter = InMemorySpanExporter::default();
    let function = Function::new(TestEnvironment::new(), |builder| {
        builder.exporter(exporter.clone()).development_conventions(true)
    });
    function.invoke().await;
    let spans = exporter.get_finished_spans().unwrap();
    let handler = &spans[1];
    assert_eq!(attribute(handler, "faas.coldstart").as_deref(), Some("true"));
    assert_eq!(
        attribute(handler, "faas.invocation_id"),
        Some(traced_context().request_id)
    );
}

#[tokio::test]
async fn with_tracing_off_other_backends_get_the_spans() {
    let (function, exporter) = in_memory(TestEnvironment::new());
    let mut context = traced_context();
    let header = context.xray_trace_id.take().unwrap().replace("Sampled=1", "Sampled=0");
    context.xray_trace_id = Some(header);
    function
        .invoke_with(context, "{}", async {
            // X-Ray's decision stays, W3C's says that the span is recorded.
            assert!(trace_header().unwrap().to_string().ends_with(";Sampled=0"));
            assert!(traceparent().unwrap().ends_with("-01"));
        })
        .await;
    let spans = exporter.get_finished_spans().unwrap();
    let handler = &spans[0];
    assert_eq!(handler.parent_span_id, opentelemetry::trace::SpanId::INVALID);
    assert_eq!(handler.links[0].span_context.span_id().to_string(), "53995c3f42cd8ad8");
}

#[tokio::test]
async fn an_undecided_header_stays_undecided_downstream() {
    for sampled in ["", ";Sampled=?"] {
        let (function, exporter) = in_memory(TestEnvironment::new());
        let mut context = traced_context();
        let header = context.xray_trace_id.take().unwrap().replace(";Sampled=1", sampled);
        context.xray_trace_id = Some(header);
        function
            .invoke_with(context, "{}", async {
                let header = trace_header().unwrap();
                assert!(header.to_string().ends_with(sampled) && !header.is_sampled());
            })
            .await;
        assert_eq!(exporter.get_finished_spans().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_traceparent_keeps_its_128_bits() {
    let (function, exporter) = in_memory(TestEnvironment::new());
    let event = r#"{"headers":{"traceparent":"00-ffffffffffffffffffffffffffffffff-b7ad6b7169203331-01"}}"#;
    function
        .invoke_with(traced_context(), event, async {
            let traceparent = traceparent().unwrap();
            assert!(
                traceparent.starts_with("00-ffffffffffffffffffffffffffffffff-"),
                "{traceparent}"
            );
            assert!(trace_header().unwrap().is_sampled());
        })
        .await;
    let spans = exporter.get_finished_spans().unwrap();
    let handler = &spans[0];
    assert_eq!(handler.span_context.trace_id(), u128::MAX.into());
    assert_eq!(handler.parent_span_id.to_string(), "b7ad6b7169203331");
    assert_eq!(
        handler.links[0].span_context.trace_id().to_string(),
        "5759e988bd862e3fe1be46a994272793"
    );
}

#[tokio::test]
async fn nothing_is_recorded_if_the_sampler_or_the_user_says_so() {
    for (name, value) in [
        ("OTEL_TRACES_SAMPLER", "always_off"),
        ("OTEL_SDK_DISABLED", "true"),
        ("OTEL_TRACES_EXPORTER", "none"),
    ] {
        let (function, exporter) = in_memory(TestEnvironment::new().var(name, value));
        function.invoke().await;
        assert!(exporter.get_finished_spans().unwrap().is_empty(), "{name}");
    }
}

#[test]
fn without_an_exporter_there_is_an_error() {
    let error = OpenTelemetry::builder().build().unwrap_err();
    assert!(error.to_string().starts_with("no exporter is set"), "{error}");
}

/// Fails so many times, then works; refuses concurrent calls.
#[derive(Clone, Debug, Default)]
struct Flaky {
    inner: InMemorySpanExporter,
    failures: std::sync::Arc<std::sync::atomic::AtomicUsize>,
    busy: std::sync::Arc<std::sync::atomic::AtomicBool>,
    delay: Duration,
}

impl SpanExporter for Flaky {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        use std::sync::atomic::Ordering::SeqCst;
        assert!(!self.busy.swap(true, SeqCst), "called concurrently");
        tokio::time::sleep(self.delay).await;
        self.busy.store(false, SeqCst);
        if self
            .failures
            .fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1))
            .is_ok()
        {
            return Err(OTelSdkError::InternalFailure("out of order".to_owned()));
        }
        self.inner.export(batch).await
    }
}

#[tokio::test]
async fn what_did_not_leave_is_sent_with_the_next_and_told_once() {
    let exporter = Flaky::default();
    exporter.failures.store(2, std::sync::atomic::Ordering::SeqCst);
    let function = Function::new(TestEnvironment::new(), |builder| builder.exporter(exporter.clone()));
    for expected in [0, 0, 6] {
        function.invoke().await;
        assert_eq!(exporter.inner.get_finished_spans().unwrap().len(), expected);
    }
    let warnings = function.environment.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("out of order"), "{warnings:?}");
    assert_eq!(function.tracer.lost_spans(), 0);
}

#[tokio::test]
async fn an_exporter_is_never_called_concurrently() {
    let exporter = Flaky {
        delay: Duration::from_millis(20),
        ..Flaky::default()
    };
    let function = Function::new(TestEnvironment::new(), |builder| builder.exporter(exporter.clone()));
    let function = &function;
    tokio::join!(
        function.invoke(),
        function.invoke(),
        function.invoke(),
        function.invoke()
    );
    assert_eq!(exporter.inner.get_finished_spans().unwrap().len(), 8);
}

#[tokio::test]
async fn a_slow_exporter_is_awaited_no_longer_than_stated() {
    let exporter = Flaky {
        delay: Duration::from_mins(1),
        ..Flaky::default()
    };
    let function = Function::new(TestEnvironment::new(), |builder| {
        builder.exporter(exporter.clone()).wait(Duration::from_millis(50))
    });
    let before = std::time::Instant::now();
    function.invoke().await;
    assert!(before.elapsed() < Duration::from_secs(5));
    let warnings = function.environment.warnings();
    assert!(warnings[0].contains("no answer within 50 ms"), "{warnings:?}");
}

#[tokio::test]
async fn the_end_of_the_process_sends_what_waits() {
    let exporter = Flaky::default();
    exporter.failures.store(1, std::sync::atomic::Ordering::SeqCst);
    let function = Function::new(TestEnvironment::new(), |builder| builder.exporter(exporter.clone()));
    function.invoke().await;
    assert!(exporter.inner.get_finished_spans().unwrap().is_empty());
    // On the only thread of this runtime.
    function.tracer.shutdown();
    assert_eq!(exporter.inner.get_finished_spans().unwrap().len(), 2);
}

#[tokio::test]
async fn a_queue_is_bounded() {
    let exporter = Flaky::default();
    exporter.failures.store(usize::MAX, std::sync::atomic::Ordering::SeqCst);
    let environment = TestEnvironment::new().var("OTEL_BSP_MAX_QUEUE_SIZE", "3");
    let function = Function::new(environment, |builder| builder.exporter(exporter.clone()));
    function.invoke().await;
    function.invoke().await;
    assert_eq!(function.tracer.lost_spans(), 1);
    assert_eq!(function.environment.warnings().len(), 2);
}
