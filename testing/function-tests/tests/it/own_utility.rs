//! Tests that a custom utility that panics or hangs does not affect other utilities or the handler.

use std::path::Path;
use std::time::{Duration, Instant};

use powertools_telemetry::Datagrams;
use runtime_api::{FunctionProcess, Invocation, Outcome, RuntimeApi, Stdout};
use serde_json::Value;

#[test]
#[allow(clippy::disallowed_methods)] // the test's own time
fn neither_a_panic_nor_a_hang_after_the_response_hurts_the_next_invocation() {
    let (api, daemon) = (RuntimeApi::start().unwrap(), Datagrams::listen().unwrap());
    let variables = [
        ("AWS_XRAY_DAEMON_ADDRESS", daemon.address().to_string()),
        ("POWERTOOLS_METRICS_NAMESPACE", "Audited".to_owned()),
    ];
    let program = Path::new(env!("CARGO_BIN_EXE_audited"));
    let process = FunctionProcess::start(program, &api, &variables, Stdout::Kept).unwrap();
    let steps = ["sold", "panic", "hang", "panic at once", "bought"];
    for (number, step) in steps.iter().enumerate() {
        let header = format!("Root=1-5759e988-{number:024x};Parent=53995c3f42cd8ad8;Sampled=1");
        let invocation = Invocation::new(format!("request-{number}"), format!(r#"{{"step":"{step}"}}"#));
        api.push(invocation.trace_header(header).deadline(Duration::from_secs(2)));
    }
    let answers = api.wait_for(steps.len(), Duration::from_secs(30));
    assert_eq!(answers.len(), steps.len(), "{:?}", process.errors());
    for (answer, step) in answers.iter().zip(steps) {
        let Outcome::Response(body) = &answer.outcome else {
            panic!("{answer:?}")
        };
        assert_eq!(serde_json::from_slice::<Value>(body).unwrap()["step"], step);
    }

    let lines = || -> Vec<Value> {
        process
            .lines()
            .iter()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let count = |key: &str| lines().iter().filter(|line| line.get(key).is_some()).count();
    let started = Instant::now();
    while count("audited") < 2 || daemon.received().len() < steps.len() {
        assert!(started.elapsed() < Duration::from_secs(20), "timed out");
        std::thread::sleep(Duration::from_millis(10));
    }
    let audited: Vec<_> = lines()
        .into_iter()
        .filter_map(|line| line.get("audited").cloned())
        .collect();
    assert_eq!(audited, [serde_json::json!(["sold"]), serde_json::json!(["bought"])]);
    // Each invocation has its record, its metrics with the utility's count, and its trace.
    assert_eq!(
        lines().iter().filter(|line| line["message"] == "handled").count(),
        steps.len()
    );
    assert_eq!(
        lines().iter().filter(|line| line["AuditedSteps"] == 1).count(),
        steps.len()
    );
    assert_eq!(lines().iter().filter(|line| line["Handled"] == 1).count(), steps.len());
    assert_eq!(daemon.received().len(), steps.len());
    let errors = process.errors().join("\n");
    assert!(errors.contains("a utility panicked"), "{errors}");
    assert!(errors.contains("was cancelled"), "{errors}");
    assert_eq!(api.violations(), Vec::<String>::new());
}

#[test]
fn the_guide_shows_the_utility_as_it_is() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guide = std::fs::read_to_string(folder.join("../../crates/core/docs/utility.md")).unwrap();
    let source = include_str!("../../src/audit.rs");
    assert!(
        guide.contains(source),
        "src/audit.rs and its copy in crates/core/docs/utility.md differ"
    );
}
