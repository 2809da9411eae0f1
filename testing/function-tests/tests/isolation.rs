//! Nothing an invocation logs, counts or traces carries another's data, whatever runs at once.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::HashSet;

use common::{Function, KINDS, Output, by, check_answer, parent, request_id, root};
use runtime_api::Stdout;
use serde_json::{Value, json};

const INVOCATIONS: usize = 2_000;

#[test]
fn one_invocation_after_the_other() {
    let output = run(&[]);
    check_all(&output, Level::Info);
}

#[test]
fn eight_at_once() {
    let output = run(&[("AWS_LAMBDA_MAX_CONCURRENCY", "8")]);
    check_all(&output, Level::Info);
}

#[test]
fn sixty_four_at_once() {
    let output = run(&[("AWS_LAMBDA_MAX_CONCURRENCY", "64")]);
    check_all(&output, Level::Info);
}

#[test]
fn eight_at_once_with_only_errors_logged() {
    let output = run(&[("AWS_LAMBDA_MAX_CONCURRENCY", "8"), ("POWERTOOLS_LOG_LEVEL", "ERROR")]);
    check_all(&output, Level::Error);
}

#[test]
fn sixty_four_at_once_beside_a_users_own_layers() {
    let output = run(&[
        ("AWS_LAMBDA_MAX_CONCURRENCY", "64"),
        ("POWERTOOLS_LOG_LEVEL", "ERROR"),
        ("LAYERS", "tracer,logger,metrics"),
    ]);
    check_all(&output, Level::Error);
    let own = by(&output.own, "request");
    for number in 0..INVOCATIONS {
        let kind = KINDS[number % KINDS.len()];
        let lines = &own[request_id(number).as_str()];
        let count = |key: &str, value: &str| lines.iter().filter(|line| line[key] == value).count();
        assert_eq!(count("hook", "start"), 1, "{lines:?}");
        assert_eq!(count("hook", "finish"), 1, "{lines:?}");
        assert_eq!(
            count("hook", "outcome"),
            usize::from(kind != "undecodable"),
            "{lines:?}"
        );
        // The logger is at ERROR; the user's own layer sees DEBUG.
        assert_eq!(count("own", "details"), usize::from(is_handled(kind)), "{lines:?}");
    }
    assert_eq!(own.len(), INVOCATIONS);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Info,
    Error,
}

fn run(variables: &[(&str, &str)]) -> Output {
    let function = Function::start(variables, Stdout::Kept);
    for number in 0..INVOCATIONS {
        function.send(number, KINDS[number % KINDS.len()]);
    }
    let answers = function.answers(INVOCATIONS);
    for answer in &answers {
        let number: usize = answer.request_id.strip_prefix("request-").unwrap().parse().unwrap();
        check_answer(number, KINDS[number % KINDS.len()], answer);
    }
    let handled = (0..INVOCATIONS)
        .filter(|number| is_handled(KINDS[number % KINDS.len()]))
        .count();
    let subsegments: usize = (0..INVOCATIONS)
        .map(|number| subsegments_of(KINDS[number % KINDS.len()]).len())
        .sum();
    function.settled(|output| output.metrics.len() >= handled && output.subsegments.len() >= subsegments)
}

/// Whether the handler's own code runs.
fn is_handled(kind: &str) -> bool {
    kind != "undecodable" && kind != "panic_in_call"
}

fn check_all(output: &Output, level: Level) {
    let (records, traces) = (output.records_by_request(), output.subsegments_by_trace());
    let mut missing = 0;
    for number in 0..INVOCATIONS {
        let kind = KINDS[number % KINDS.len()];
        let of_request = records.get(request_id(number).as_str());
        check_records(number, kind, level, of_request.map_or(&[], Vec::as_slice));
        check_metrics(number, kind, &output.metrics_of(number));
        let of_trace = traces.get(root(number).as_str());
        missing += check_trace(number, kind, of_trace.map_or(&[], Vec::as_slice));
    }
    assert_eq!(
        records.len(),
        INVOCATIONS,
        "records outside an invocation: {:?}",
        records.get("")
    );
    assert!(traces.len() <= INVOCATIONS);
    assert_eq!(output.cold_starts.len(), 1);
    let cold: HashSet<_> = output
        .records
        .iter()
        .filter(|record| record["cold_start"] == true)
        .map(|record| record["function_request_id"].to_string())
        .collect();
    assert_eq!(cold.len(), 1, "the cold start belongs to one invocation");
    // The system may drop datagrams that nobody fetches in time; it never invents or mixes them.
    assert!(
        missing <= output.subsegments.len() / 100,
        "{missing} subsegments are missing"
    );
}

fn check_records(number: usize, kind: &str, level: Level, records: &[&Value]) {
    let infos: &[&str] = match kind {
        _ if level == Level::Error || !is_handled(kind) => &[],
        "spawn" => &["begin", "inside", "spawned", "spawned"],
        "broken_telemetry" => &["begin", "inside", "broken"],
        _ => &["begin", "inside"],
    };
    let errors: &[&str] = match kind {
        "spawn" => &["loud", "loud", "loud"],
        "error" => &["loud", "handler failed"],
        "panic" => &["loud", "panicked"],
        "panic_in_call" => &["panicked"],
        "undecodable" => &[],
        _ => &["loud"],
    };
    let mut expected: Vec<_> = infos.iter().chain(errors).map(ToString::to_string).collect();
    let mut messages: Vec<_> = records
        .iter()
        .map(|record| record["message"].as_str().unwrap().to_owned())
        .collect();
    if kind == "undecodable" {
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert!(messages[0].contains("deserialization"), "{messages:?}");
        messages.clear();
    }
    expected.sort();
    messages.sort();
    assert_eq!(messages, expected, "{number} ({kind})");
    for record in records {
        assert_eq!(record["xray_trace_id"], root(number), "{record}");
        if is_handled(kind) {
            assert_eq!(record["number"], number, "{record}");
        }
        for key in ["claimed", "step"] {
            assert!(record.get(key).is_none_or(|claimed| claimed == number), "{record}");
        }
        // Spawned work has a span around it; the handler's own records have none.
        if record["message"] == "inside" || record["message"] == "spawned" {
            assert_eq!(record["step"], number, "{record}");
        }
    }
}

fn check_metrics(number: usize, kind: &str, documents: &[&Value]) {
    if !is_handled(kind) {
        assert!(documents.is_empty(), "{documents:?}");
        return;
    }
    assert_eq!(documents.len(), 1, "{number} ({kind}): {documents:?}");
    let document = documents[0];
    assert_eq!(
        (&document["Handled"], &document["Worked"]),
        (&json!(number), &json!(number))
    );
    let spawned = if kind == "spawn" {
        json!([number, number])
    } else {
        Value::Null
    };
    assert_eq!(document["Spawned"], spawned);
}

fn subsegments_of(kind: &str) -> &'static [&'static str] {
    match kind {
        "undecodable" | "panic_in_call" => &["## handler"],
        "spawn" => &["## handler", "## spawned", "## spawned", "## work"],
        _ => &["## handler", "## work"],
    }
}

/// Returns how many subsegments of the trace are missing.
fn check_trace(number: usize, kind: &str, subsegments: &[&Value]) -> usize {
    let expected = subsegments_of(kind);
    let mut names: Vec<_> = subsegments
        .iter()
        .map(|document| document["name"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    let missing = expected.len().checked_sub(names.len());
    let missing = missing.unwrap_or_else(|| panic!("too many of {number} ({kind}): {names:?}"));
    if missing == 0 {
        assert_eq!(names, expected, "{number} ({kind})");
    }
    let handler = subsegments.iter().find(|document| document["name"] == "## handler");
    for document in subsegments {
        if document["name"] == "## handler" {
            assert_eq!(document["parent_id"], parent(number), "{document}");
            assert!(
                !is_handled(kind) || document["annotations"]["number"] == number,
                "{document}"
            );
            let is_fault = ["error", "panic", "panic_in_call"].contains(&kind);
            assert_eq!(
                document.get("fault").is_some_and(|fault| fault == true),
                is_fault,
                "{document}"
            );
        } else {
            assert_eq!(document["annotations"]["claimed"], number, "{document}");
            assert!(
                handler.is_none_or(|handler| handler["id"] == document["parent_id"]),
                "{document}"
            );
        }
    }
    missing
}
