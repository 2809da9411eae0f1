//! Receivers behind a proxy that injects faults: microburst, from the Python package index.
//!
//! `cargo xtask test end-to-end` installs it and sets the variable `MICROBURST`; without it there is nothing to test.

#![allow(clippy::disallowed_methods)] // the tests' own variable

use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use powertools_lambda_core::test_util::TestEnvironment;
use serde_json::{Value, json};

use crate::common::grpc_receiver::{GrpcAnswer, GrpcReceiver};
use crate::common::receiver::{Answer, Receiver};
use crate::common::{Function, free_port};

/// A proxy in front of a receiver.
struct Proxy {
    process: Child,
    port: u16,
    rules: std::path::PathBuf,
}

impl Proxy {
    /// Starts a proxy with rules for faults; `None` if it is not installed.
    fn start(protocol: &str, upstream: &str, rules: &Value) -> Option<Self> {
        let program = std::env::var_os("MICROBURST")?;
        let [port, control] = [free_port(), free_port()];
        // JSON is YAML.
        let file = std::env::temp_dir().join(format!("microburst-{}-{port}.yaml", std::process::id()));
        std::fs::write(&file, json!({"rules": rules}).to_string()).unwrap();
        let process = Command::new(program)
            .args(["--protocol", protocol, "--upstream", upstream, "--host", "127.0.0.1"])
            .args(["--port", &port.to_string(), "--control-port", &control.to_string()])
            .arg("--config")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let proxy = Self {
            process,
            port,
            rules: file,
        };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(30), "the proxy does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(proxy)
    }

    fn function(&self, protocol: &str) -> Function {
        let environment = TestEnvironment::new()
            .var("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
            .var("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://127.0.0.1:{}", self.port))
            .var("OTEL_EXPORTER_OTLP_TIMEOUT", "3000");
        Function::new(environment, |builder| builder.otlp().wait(Duration::from_secs(4)))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_file(&self.rules);
    }
}

/// Invokes a function whose first request meets a fault: `kept` if its spans are sent with the next.
async fn check(function: &Function, expected: &str, kept: bool, received: impl Fn() -> usize) {
    let before = Instant::now();
    function.invoke().await;
    assert!(before.elapsed() < Duration::from_secs(12), "{expected}");
    function.invoke().await;
    let warnings = function.environment.warnings();
    assert_eq!(warnings.len(), 1, "{expected}: {warnings:?}");
    assert!(warnings[0].contains(expected), "{expected}: {warnings:?}");
    let (spans, lost) = if kept { (4, 0) } else { (2, 2) };
    assert_eq!((received(), function.tracer.lost_spans()), (spans, lost), "{expected}");
}

fn once(mut fault: Value) -> Value {
    fault["times"] = 1.into();
    json!([fault])
}

#[tokio::test]
async fn faults_over_http_cost_no_invocation() {
    // Bytes, because the proxy would look for an AWS service in each HTTP request, which takes seconds.
    let answer = |status: &str| {
        let data = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        json!({"respond": {"data": data, "then": "close"}})
    };
    for (fault, expected, kept) in [
        (answer("503 Service Unavailable"), "it answered 503", true),
        (answer("403 Forbidden"), "it answered 403", false),
        (json!({"timeout": true}), "no answer within 3000 ms", true),
        (json!({"reset": true}), "could not be sent", true),
    ] {
        let receiver = Receiver::start(Answer::Accept);
        let Some(proxy) = Proxy::start("tcp", &receiver.address(), &once(fault)) else {
            return;
        };
        check(&proxy.function("http/protobuf"), expected, kept, || {
            receiver.spans().len()
        })
        .await;
    }
}

#[tokio::test]
async fn faults_over_grpc_cost_no_invocation() {
    for (fault, expected, kept) in [
        (
            json!({"error": {"code": "UNAVAILABLE"}}),
            "it answered Unavailable",
            true,
        ),
        (
            json!({"error": {"code": "UNAUTHENTICATED"}}),
            "it answered Unauthenticated",
            false,
        ),
        (json!({"timeout": true}), "no answer within 3000 ms", true),
    ] {
        let receiver = GrpcReceiver::start(GrpcAnswer::Accept);
        let upstream = format!("127.0.0.1:{}", receiver.port());
        let Some(proxy) = Proxy::start("grpc", &upstream, &once(fault)) else {
            return;
        };
        let received = || receiver.received().into_iter().flatten().count();
        check(&proxy.function("grpc"), expected, kept, received).await;
    }
}

#[tokio::test]
async fn a_partial_success_comes_through() {
    const EXPECTED: &str = "the OpenTelemetry receiver rejected spans (1 are lost): too old";
    let http = Receiver::start(Answer::Partial(1));
    let grpc = GrpcReceiver::start(GrpcAnswer::Partial(1));
    for (protocol, mode, upstream) in [
        ("http/protobuf", "tcp", http.address()),
        ("grpc", "grpc", format!("127.0.0.1:{}", grpc.port())),
    ] {
        let Some(proxy) = Proxy::start(mode, &upstream, &json!([])) else {
            return;
        };
        let function = proxy.function(protocol);
        function.invoke().await;
        assert_eq!(
            (function.environment.warnings(), function.tracer.lost_spans()),
            (vec![EXPECTED.to_owned()], 1)
        );
    }
}

#[tokio::test]
async fn a_receiver_that_is_absent_behind_the_proxy_loses_nothing_yet() {
    for (protocol, mode) in [("http/protobuf", "tcp"), ("grpc", "grpc")] {
        let upstream = format!("127.0.0.1:{}", free_port());
        let Some(proxy) = Proxy::start(mode, &upstream, &json!([])) else {
            return;
        };
        let function = proxy.function(protocol);
        function.invoke().await;
        let warnings = function.environment.warnings();
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(
            warnings[0].contains("kept for the next request"),
            "{protocol}: {warnings:?}"
        );
        assert_eq!(function.tracer.lost_spans(), 0, "{protocol}");
    }
}
