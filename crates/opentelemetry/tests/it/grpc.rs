//! gRPC receivers: good ones, and slow, failing, partially accepting and absent ones.

use std::time::{Duration, Instant};

use powertools_lambda_core::test_util::TestEnvironment;
use tonic::Code;

use crate::common::grpc_receiver::{GrpcAnswer, GrpcReceiver};
use crate::common::{Function, free_port};

fn function(port: u16, compression: &str) -> Function {
    let environment = TestEnvironment::new()
        .var("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
        .var("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://127.0.0.1:{port}"))
        .var("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=a%20key")
        .var("OTEL_EXPORTER_OTLP_COMPRESSION", compression)
        .var("OTEL_EXPORTER_OTLP_TIMEOUT", "600");
    Function::new(environment, |builder| builder.otlp().wait(Duration::from_millis(800)))
}

#[tokio::test]
async fn a_receiver_gets_one_request_with_the_headers() {
    for compression in ["none", "gzip"] {
        let receiver = GrpcReceiver::start(GrpcAnswer::Accept);
        let function = function(receiver.port(), compression);
        function.invoke().await;
        assert_eq!(receiver.received(), [["charge", "handler"]], "{compression}");
        assert_eq!(receiver.key().as_deref(), Some("a key"));
        assert!(
            function.environment.warnings().is_empty(),
            "{:?}",
            function.environment.warnings()
        );
    }
}

#[tokio::test]
async fn a_header_of_the_program_replaces_that_of_the_variable() {
    let receiver = GrpcReceiver::start(GrpcAnswer::Accept);
    let environment = TestEnvironment::new()
        .var("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
        .var(
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            format!("http://127.0.0.1:{}", receiver.port()),
        )
        .var("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=variable");
    let function = Function::new(environment, |builder| builder.otlp().header("X-Api-Key", "program"));
    function.invoke().await;
    assert_eq!(receiver.key().as_deref(), Some("program"));
}

#[tokio::test]
async fn what_a_receiver_refuses_in_part_is_counted_and_not_sent_again() {
    let receiver = GrpcReceiver::start(GrpcAnswer::Partial(1));
    let function = function(receiver.port(), "none");
    function.invoke().await;
    receiver.set_answer(GrpcAnswer::Accept);
    function.invoke().await;
    assert_eq!(receiver.received(), [["charge", "handler"], ["charge", "handler"]]);
    assert_eq!(function.tracer.lost_spans(), 1);
    assert_eq!(
        function.environment.warnings(),
        ["the OpenTelemetry receiver rejected spans (1 are lost): too old"]
    );
}

#[tokio::test]
async fn a_bad_receiver_costs_no_invocation_and_one_warning() {
    for (answer, expected, kept) in [
        (
            GrpcAnswer::Code(Code::Unavailable),
            "it answered Unavailable not today",
            true,
        ),
        (GrpcAnswer::Code(Code::Aborted), "it answered Aborted", true),
        (GrpcAnswer::Hang, "no answer within", true),
        (
            GrpcAnswer::Code(Code::Unauthenticated),
            "it answered Unauthenticated",
            false,
        ),
        (
            GrpcAnswer::Code(Code::InvalidArgument),
            "it answered InvalidArgument",
            false,
        ),
        (
            GrpcAnswer::Code(Code::ResourceExhausted),
            "it answered ResourceExhausted",
            false,
        ),
    ] {
        let receiver = GrpcReceiver::start(answer);
        let function = function(receiver.port(), "none");
        let before = Instant::now();
        function.invoke().await;
        assert!(before.elapsed() < Duration::from_secs(3), "{answer:?}");
        receiver.set_answer(GrpcAnswer::Accept);
        function.invoke().await;
        let last = receiver.received().pop().unwrap();
        assert_eq!(last.len(), if kept { 4 } else { 2 }, "{answer:?}");
        assert_eq!(function.tracer.lost_spans(), if kept { 0 } else { 2 }, "{answer:?}");
        let warnings = function.environment.warnings();
        assert_eq!(warnings.len(), 1, "{answer:?}: {warnings:?}");
        assert!(warnings[0].contains(expected), "{answer:?}: {warnings:?}");
    }
}

#[tokio::test]
async fn an_absent_receiver_is_one_warning() {
    let function = function(free_port(), "none");
    function.invoke().await;
    let warnings = function.environment.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("could not be sent"), "{warnings:?}");
    assert!(warnings[0].contains("refused"), "the system's reason: {warnings:?}");
}
