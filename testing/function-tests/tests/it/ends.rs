//! Tests of ends of the process that no layer sees: each is one record, and nothing that waits is lost.

use std::path::Path;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use runtime_api::{FunctionProcess, Invocation, RuntimeApi, Stdout};
use serde_json::Value;

/// A process that has ended.
struct Ended {
    status: ExitStatus,
    lines: Vec<Value>,
    errors: Vec<String>,
}

impl Ended {
    /// Runs the function with an API that has these invocations, until it ends.
    #[allow(clippy::disallowed_methods)] // the test's own time
    fn run(variables: &[(&str, &str)], invocations: &[Invocation]) -> Self {
        let api = RuntimeApi::start().unwrap();
        for invocation in invocations {
            api.push(invocation.clone());
        }
        let mut all = vec![("POWERTOOLS_METRICS_NAMESPACE", "Ending".to_owned())];
        all.extend(variables.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let program = Path::new(env!("CARGO_BIN_EXE_ending_early"));
        let mut process = FunctionProcess::start(program, &api, &all, Stdout::Kept).unwrap();
        let started = Instant::now();
        let status = loop {
            if let Some(status) = process.ended().unwrap() {
                break status;
            }
            assert!(started.elapsed() < Duration::from_secs(20), "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        };
        let lines = process.lines();
        Self {
            status,
            lines: lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect(),
            errors: process.errors(),
        }
    }

    /// Returns the records about the end, without those that the runtime writes itself.
    fn records(&self) -> Vec<&Value> {
        let is_runtimes = |line: &Value| {
            line["message"]
                .as_str()
                .is_some_and(|text| text.contains("oncurrent worker"))
        };
        self.lines
            .iter()
            .filter(|line| line["level"] == "ERROR" && !is_runtimes(line))
            .collect()
    }

    fn counts(&self, name: &str) -> usize {
        self.lines.iter().filter(|line| line.get(name).is_some()).count()
    }
}

fn count(lines: &[String], text: &str) -> usize {
    lines.iter().filter(|line| line.contains(text)).count()
}

fn unreadable(request_id: &str) -> Invocation {
    Invocation::new(request_id, "{}").deadline_header("soon")
}

#[test]
fn an_invocation_whose_headers_cannot_be_read_is_one_record() {
    let cases = [
        vec![],
        vec![("CASE", "sequential")],
        vec![("AWS_LAMBDA_MAX_CONCURRENCY", "2")],
    ];
    for variables in cases {
        let invocations = [Invocation::new("readable", "{}"), unreadable("a"), unreadable("b")];
        let ended = Ended::run(&variables, &invocations);
        assert!(!ended.status.success());
        let records = ended.records();
        assert_eq!(records.len(), 1, "{variables:?}: {records:?}");
        let record = records[0];
        let message = record["message"].as_str().unwrap();
        assert!(message.starts_with("the runtime ended with an error"), "{record}");
        assert!(
            record["exception"].as_str().unwrap().contains("invalid digit"),
            "{record}"
        );
        assert!(
            record.get("timestamp").is_some() && record.get("service").is_some(),
            "{record}"
        );
        assert!(record.get("function_request_id").is_none(), "{record}");
        assert_eq!(
            (ended.counts("Started"), ended.counts("Handled")),
            (1, 1),
            "{variables:?}"
        );
        assert!(
            count(&ended.errors, "Error: ") > 0,
            "`main` returns the error as before: {:?}",
            ended.errors
        );
    }
}

#[test]
fn a_runtime_api_that_does_not_answer_is_one_record() {
    // Nothing listens there.
    let ended = Ended::run(&[("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1")], &[]);
    assert!(!ended.status.success());
    assert_eq!(ended.records().len(), 1, "{:?}", ended.lines);
    assert_eq!(ended.counts("Started"), 1, "what waits is written");
}

#[test]
fn a_second_subscriber_is_one_record_in_our_form() {
    let ended = Ended::run(&[("CASE", "other subscriber")], &[]);
    assert!(!ended.status.success());
    let records = ended.records();
    assert_eq!(records.len(), 1, "{records:?}");
    assert_eq!(records[0]["message"], "the function cannot start");
    assert_eq!(records[0]["exception_name"], "InitError");
    assert_eq!(ended.counts("Started"), 1, "what waits is written");
}

#[test]
fn a_panic_of_the_runtime_is_one_record() {
    // The runtime panics without this variable.
    let ended = Ended::run(&[("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "unknown")], &[]);
    assert!(!ended.status.success());
    let records = ended.records();
    assert_eq!(records.len(), 1, "{records:?}");
    assert_eq!(records[0]["message"], "panicked");
    assert_eq!(ended.counts("Started"), 1, "what waits is written");
}
