//! Tests that nothing is lost when Lambda ends the process.

use std::path::Path;
use std::time::{Duration, Instant};

use powertools_telemetry::Datagrams;
use runtime_api::{FunctionProcess, Invocation, RuntimeApi, Stdout};
use serde_json::Value;

/// Waits until `done` returns true, and fails after ten seconds.
#[allow(clippy::disallowed_methods)] // the test's own time
fn wait_until(mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < Duration::from_secs(10), "timed out");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn unsent_telemetry_leaves_on_sigterm() {
    let (api, daemon) = (RuntimeApi::start().unwrap(), Datagrams::listen().unwrap());
    let program = Path::new(env!("CARGO_BIN_EXE_ending"));
    let variables = [
        ("AWS_XRAY_DAEMON_ADDRESS", daemon.address().to_string()),
        ("POWERTOOLS_METRICS_NAMESPACE", "Ending".to_owned()),
    ];
    let mut process = FunctionProcess::start(program, &api, &variables, Stdout::Kept).unwrap();
    let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    api.push(Invocation::new("request", "{}").trace_header(header));
    wait_until(|| process.lines().iter().any(|line| line.contains("waiting")));
    let written = |text: &str| process.lines().iter().filter(|line| line.contains(text)).count();
    assert_eq!((written("_aws"), written("a detail")), (0, 0));
    assert_eq!(daemon.received(), Vec::<String>::new());

    process.terminate().unwrap();
    let mut status = None;
    wait_until(|| {
        status = process.ended().unwrap();
        status.is_some()
    });
    assert!(status.unwrap().success(), "{:?}", process.errors());
    wait_until(|| process.lines().iter().filter(|line| line.contains("_aws")).count() == 3);
    for name in ["Started", "Open", "ColdStart"] {
        let documents = process.lines().into_iter().filter(|line| line.contains("_aws"));
        let documents = documents.map(|line| serde_json::from_str::<Value>(&line).unwrap());
        assert_eq!(documents.filter(|document| document[name] == 1).count(), 1, "{name}");
    }
    assert_eq!(
        process.lines().iter().filter(|line| line.contains("a detail")).count(),
        1
    );
    wait_until(|| daemon.received().iter().any(|document| document.contains("## done")));
    assert_eq!(api.violations(), Vec::<String>::new());
}

#[test]
fn the_function_runs_even_if_its_extension_cannot_be_registered() {
    let api = RuntimeApi::start().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_ending"));
    // Nothing listens there.
    let nowhere = [("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1".to_owned())];
    let process = FunctionProcess::start(program, &api, &nowhere, Stdout::Kept).unwrap();
    wait_until(|| {
        let errors = process.errors();
        errors.iter().any(|line| line.contains("could not be registered"))
    });
}
