//! A receiver of another make between the function and ours: rotel, from the Python package index, which decodes what it gets and sends it on.
//!
//! `cargo xtask test end-to-end` installs it and sets the variable `ROTEL_AGENT`; without it there is nothing to test.

#![allow(clippy::disallowed_methods)] // the tests' own variable

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::trace::v1::Span;
use powertools_lambda_core::test_util::{TestEnvironment, traced_context};
use powertools_lambda_opentelemetry::OpenTelemetryBuilder;
use powertools_lambda_tracer::{add_metadata, annotate, record_error};

use crate::common::Function;
use crate::common::receiver::{Answer, Receiver};

/// A running collector.
struct Rotel {
    process: Child,
    http: u16,
    grpc: u16,
}

impl Rotel {
    /// Starts the collector, which sends what it gets to `receiver`; `None` if it is not installed.
    fn start(receiver: &Receiver) -> Option<Self> {
        let agent = std::env::var_os("ROTEL_AGENT")?;
        let [http, grpc] = [free_port(), free_port()];
        let process = Command::new(agent)
            .args(["start", "--exporter", "otlp", "--otlp-exporter-protocol", "http"])
            .args(["--otlp-exporter-endpoint", &receiver.endpoint()])
            .args(["--batch-timeout", "200ms"])
            .args(["--otlp-http-endpoint", &format!("127.0.0.1:{http}")])
            .args(["--otlp-grpc-endpoint", &format!("127.0.0.1:{grpc}")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let rotel = Self { process, http, grpc };
        until("rotel listens", || {
            std::net::TcpStream::connect(("127.0.0.1", http)).is_ok()
        });
        Some(rotel)
    }
}

impl Drop for Rotel {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{what}: not within 20 s");
        std::thread::sleep(Duration::from_millis(50));
    }
}

async fn check(protocol: &str, compression: &str) {
    let receiver = Receiver::start(Answer::Accept);
    let Some(rotel) = Rotel::start(&receiver) else { return };
    let port = if protocol == "grpc" { rotel.grpc } else { rotel.http };
    let environment = TestEnvironment::new()
        .var("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://127.0.0.1:{port}"))
        .var("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
        .var("OTEL_EXPORTER_OTLP_COMPRESSION", compression);
    let function = Function::new(environment, OpenTelemetryBuilder::otlp);
    function
        .invoke_with(traced_context(), "{}", async {
            annotate("tenant", "acme");
            add_metadata("cart", ["book"]);
            let span = tracing::info_span!("charge");
            span.in_scope(|| record_error(&"x".parse::<u8>().unwrap_err()));
        })
        .await;
    let warnings = function.environment.warnings();
    assert!(warnings.is_empty(), "{protocol}: {warnings:?}");
    until("the collector sends the spans on", || receiver.spans().len() == 2);
    let spans = receiver.spans();
    let [charge, handler]: &[Span; 2] = spans.as_slice().try_into().unwrap();
    assert_eq!((charge.name.as_str(), handler.name.as_str()), ("charge", "handler"));
    assert_eq!(
        handler.trace_id,
        0x5759_e988_bd86_2e3f_e1be_46a9_9427_2793_u128.to_be_bytes()
    );
    assert_eq!(handler.parent_span_id, 0x5399_5c3f_42cd_8ad8_u64.to_be_bytes());
    assert_eq!(charge.parent_span_id, handler.span_id);
    assert_eq!(charge.events[0].name, "exception");
    assert!(handler.attributes.iter().any(|attribute| attribute.key == "tenant"));
    let message = receiver.received()[0].message();
    assert_eq!(
        message.resource_spans[0].schema_url,
        "https://opentelemetry.io/schemas/1.42.0"
    );
}

#[tokio::test]
async fn a_collector_understands_requests_over_http() {
    check("http/protobuf", "none").await;
    check("http/protobuf", "gzip").await;
}

#[cfg(feature = "otlp-grpc")]
#[tokio::test]
async fn a_collector_understands_requests_over_grpc() {
    check("grpc", "none").await;
    check("grpc", "gzip").await;
}
