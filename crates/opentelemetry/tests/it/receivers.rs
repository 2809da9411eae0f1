//! OTLP receivers: good ones, and slow, failing, partially accepting and absent ones.

use std::time::{Duration, Instant};

use powertools_lambda_core::test_util::TestEnvironment;

use crate::common::Function;
use crate::common::receiver::{Answer, Receiver};

fn environment(receiver: &Receiver) -> TestEnvironment {
    TestEnvironment::new()
        .var("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint())
        .var("OTEL_EXPORTER_OTLP_TIMEOUT", "300")
}

fn function(environment: TestEnvironment) -> Function {
    Function::new(environment, |builder| builder.otlp().wait(Duration::from_millis(400)))
}

#[tokio::test]
async fn a_receiver_gets_one_request_with_resource_and_schema() {
    let receiver = Receiver::start(Answer::Accept);
    let function = function(
        environment(&receiver)
            .var("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=a%20key")
            .var("OTEL_SERVICE_NAME", "orders"),
    );
    function.invoke().await;
    let received = receiver.received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].path, "/v1/traces");
    assert_eq!(received[0].header("content-type"), Some("application/x-protobuf"));
    assert_eq!(received[0].header("x-api-key"), Some("a key"));
    let message = received[0].message();
    let resource = &message.resource_spans[0];
    assert_eq!(resource.schema_url, "https://opentelemetry.io/schemas/1.42.0");
    let attributes = &resource.resource.as_ref().unwrap().attributes;
    for (key, value) in [
        ("service.name", "orders"),
        ("faas.name", "checkout"),
        ("cloud.region", "eu-west-1"),
    ] {
        let found = attributes
            .iter()
            .any(|attribute| attribute.key == key && format!("{:?}", attribute.value).contains(&format!("{value:?}")));
        assert!(found, "{key}: {attributes:?}");
    }
    let spans = receiver.spans();
    let names: Vec<_> = spans.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["charge", "handler"]);
    assert_eq!(spans[1].parent_span_id, 0x5399_5c3f_42cd_8ad8_u64.to_be_bytes());
    assert!(
        function.environment.warnings().is_empty(),
        "{:?}",
        function.environment.warnings()
    );
}

#[tokio::test]
async fn a_header_of_the_program_replaces_that_of_the_variable() {
    let receiver = Receiver::start(Answer::Accept);
    let environment = environment(&receiver).var("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=variable,x-team=shop");
    let function = Function::new(environment, |builder| builder.otlp().header("X-Api-Key", "program"));
    function.invoke().await;
    let received = receiver.received();
    assert_eq!(received[0].header("x-api-key"), Some("program"));
    assert_eq!(received[0].header("x-team"), Some("shop"));
}

#[tokio::test]
async fn requests_are_compressed_if_the_variable_says_so() {
    let receiver = Receiver::start(Answer::Accept);
    let function = function(environment(&receiver).var("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"));
    function.invoke().await;
    let received = receiver.received();
    assert_eq!(received[0].header("content-encoding"), Some("gzip"));
    assert!(received[0].body.starts_with(&[0x1f, 0x8b]));
}

#[tokio::test]
async fn a_bad_receiver_costs_no_invocation_and_one_warning() {
    for (answer, expected) in [
        (Answer::Status(429), "429"),
        (Answer::Status(502), "502"),
        (Answer::Status(503), "503"),
        (Answer::Status(504), "504"),
        (Answer::Hang, "no answer within"),
        (Answer::CloseMidway, ""),
    ] {
        let receiver = Receiver::start(answer);
        let function = function(environment(&receiver));
        let before = Instant::now();
        function.invoke().await;
        assert!(before.elapsed() < Duration::from_secs(2), "{answer:?}");
        // The exporter's own retries would block the thread.
        assert!(receiver.received().len() <= 1, "{answer:?}");
        receiver.set_answer(Answer::Accept);
        function.invoke().await;
        // Nothing is lost, and nothing is sent twice.
        let names: Vec<_> = receiver.spans().into_iter().map(|span| span.name).collect();
        assert_eq!(names, ["charge", "handler", "charge", "handler"], "{answer:?}");
        let warnings = function.environment.warnings();
        assert_eq!(warnings.len(), 1, "{answer:?}: {warnings:?}");
        assert!(warnings[0].contains(expected), "{answer:?}: {warnings:?}");
        assert_eq!(function.tracer.lost_spans(), 0, "{answer:?}");
    }
}

/// A proxy's page of an error may be long, and says nothing about what was accepted.
#[tokio::test]
async fn the_status_counts_however_long_the_answer_is() {
    for (status, lost) in [(200, 0), (403, 2)] {
        let receiver = Receiver::start(Answer::Long(status));
        let function = function(environment(&receiver));
        function.invoke().await;
        receiver.set_answer(Answer::Accept);
        function.invoke().await;
        // The second request has the spans of the second invocation alone.
        assert_eq!((receiver.received().len(), receiver.spans().len()), (2, 2), "{status}");
        assert_eq!(function.tracer.lost_spans(), lost, "{status}");
        let warnings = function.environment.warnings();
        assert_eq!(warnings.is_empty(), lost == 0, "{warnings:?}");
        assert!(warnings.iter().all(|warning| warning.contains("403")), "{warnings:?}");
    }
}

/// OTLP forbids to repeat what was answered so.
#[tokio::test]
async fn a_request_that_was_refused_is_not_sent_again() {
    for status in [301, 400, 401, 403, 404, 413, 500, 501] {
        let receiver = Receiver::start(Answer::Status(status));
        let function = function(environment(&receiver));
        function.invoke().await;
        assert_eq!(function.tracer.lost_spans(), 2, "{status}");
        receiver.set_answer(Answer::Accept);
        function.invoke().await;
        assert_eq!((receiver.received().len(), receiver.spans().len()), (2, 2), "{status}");
        let warnings = function.environment.warnings();
        assert_eq!(warnings.len(), 1, "{status}: {warnings:?}");
        let expected = format!("refused 2 spans: it answered {status}");
        assert!(warnings[0].contains(&expected), "{status}: {warnings:?}");
    }
}

#[tokio::test]
async fn an_absent_receiver_is_one_warning_and_spans_are_given_up_in_the_end() {
    let environment = TestEnvironment::new().var("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9");
    let function = function(environment);
    for _ in 0..4 {
        function.invoke().await;
    }
    let warnings = function.environment.warnings();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0].contains("could not be sent"), "{warnings:?}");
    assert_eq!(function.tracer.lost_spans(), 4);
}

#[tokio::test]
async fn what_cannot_be_sent_before_the_process_ends_is_counted() {
    for answer in [Answer::Status(503), Answer::Hang] {
        let receiver = Receiver::start(answer);
        let function = function(environment(&receiver));
        function.invoke().await;
        function.tracer.shutdown();
        assert_eq!(function.tracer.lost_spans(), 2, "{answer:?}");
        let warnings = function.environment.warnings();
        assert_eq!(warnings.len(), 2, "{answer:?}: {warnings:?}");
        assert!(
            warnings[1].contains("before the process ended: 2 spans lost"),
            "{answer:?}: {warnings:?}"
        );
    }
}

#[tokio::test]
async fn a_time_of_zero_is_the_default_and_one_warning() {
    let receiver = Receiver::start(Answer::Accept);
    let environment = environment(&receiver)
        .var("OTEL_EXPORTER_OTLP_TIMEOUT", "0")
        .var("OTEL_BSP_EXPORT_TIMEOUT", "0");
    let function = Function::new(environment, powertools_lambda_opentelemetry::OpenTelemetryBuilder::otlp);
    function.invoke().await;
    assert_eq!(receiver.spans().len(), 2);
    let warnings = function.environment.warnings();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
}

#[tokio::test]
async fn what_a_receiver_refuses_in_part_is_counted_and_not_sent_again() {
    let receiver = Receiver::start(Answer::Partial(1));
    let function = function(environment(&receiver));
    function.invoke().await;
    receiver.set_answer(Answer::Accept);
    function.invoke().await;
    assert_eq!(receiver.spans().len(), 4);
    assert_eq!(function.tracer.lost_spans(), 1);
    assert_eq!(
        function.environment.warnings(),
        ["the OpenTelemetry receiver rejected spans (1 are lost): too old"]
    );
}

#[tokio::test]
async fn connections_are_made_again_after_a_restore_and_at_the_end() {
    let receiver = Receiver::start(Answer::Accept);
    let function = function(environment(&receiver));
    function.invoke().await;
    function.tracer.after_restore();
    function.invoke().await;
    receiver.set_answer(Answer::Status(503));
    function.invoke().await;
    receiver.set_answer(Answer::Accept);
    // On the only thread of this runtime, to which the connections so far belong.
    function.tracer.shutdown();
    assert_eq!(receiver.spans().len(), 6);
}
