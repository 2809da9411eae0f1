//! Tests that an invocation's logs, metrics and traces never contain the data of a concurrent one.
//!
//! Set `ISOLATION_INVOCATIONS` to change the number of invocations. Default: 2,000. For example:
//! `ISOLATION_INVOCATIONS=100000 cargo nextest run -p function-tests isolation::sixty_four_at_once`.

use runtime_api::Stdout;
use serde_json::{Value, json};

use crate::common::{Function, KINDS, Output, check_answer, parent, request_id, root};

/// Returns the number of invocations.
#[allow(clippy::disallowed_methods)] // the tests' environment, not a function's
fn invocations() -> usize {
    let number = std::env::var("ISOLATION_INVOCATIONS");
    number.map_or(2_000, |number| number.parse().expect("a number of invocations"))
}

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
fn sixty_four_at_once_with_a_users_own_layers() {
    let output = run(&[
        ("AWS_LAMBDA_MAX_CONCURRENCY", "64"),
        ("POWERTOOLS_LOG_LEVEL", "ERROR"),
        ("LAYERS", "tracer,logger,metrics"),
    ]);
    check_all(&output, Level::Error);
    for number in 0..invocations() {
        let kind = KINDS[number % KINDS.len()];
        let lines = output.own.of(&request_id(number));
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
    assert_eq!(output.own.owners(), invocations());
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Info,
    Error,
}

fn run(variables: &[(&str, &str)]) -> Output {
    let mut function = Function::start(variables, Stdout::Kept);
    for number in 0..invocations() {
        function.send(number, KINDS[number % KINDS.len()]);
    }
    let answers = function.answers(invocations());
    for answer in &answers {
        let number: usize = answer.request_id.strip_prefix("request-").unwrap().parse().unwrap();
        check_answer(number, KINDS[number % KINDS.len()], answer);
    }
    let handled = (0..invocations())
        .filter(|number| is_handled(KINDS[number % KINDS.len()]))
        .count();
    let subsegments: usize = (0..invocations())
        .map(|number| subsegments_of(KINDS[number % KINDS.len()]).len())
        .sum();
    function.settled(|output| output.metrics.len() >= handled && output.subsegments.len() >= subsegments);
    function.into_output()
}

/// Returns whether the handler's own code runs.
fn is_handled(kind: &str) -> bool {
    kind != "undecodable" && kind != "panic_in_call"
}

fn check_all(output: &Output, level: Level) {
    let (mut cold, mut missing) = (0, 0);
    for number in 0..invocations() {
        let kind = KINDS[number % KINDS.len()];
        let records = output.records_of(number);
        check_records(number, kind, level, &records);
        cold += usize::from(records.iter().any(|record| record["cold_start"] == true));
        check_metrics(number, kind, &output.metrics_of(number));
        missing += check_trace(number, kind, &output.subsegments_of(number));
    }
    assert_eq!(
        output.records.owners(),
        invocations(),
        "records outside an invocation: {:?}",
        output.records.of("")
    );
    assert!(output.subsegments.owners() <= invocations());
    assert_eq!(output.cold_starts, 1);
    assert_eq!(cold, 1, "the cold start belongs to one invocation");
    // The system may drop datagrams that are not read in time, but it never invents or mixes them.
    assert!(
        missing <= output.subsegments.len() / 100,
        "{missing} subsegments are missing"
    );
}

fn check_records(number: usize, kind: &str, level: Level, records: &[Value]) {
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
        // Spawned work is in a span; the handler's own records are not.
        if record["message"] == "inside" || record["message"] == "spawned" {
            assert_eq!(record["step"], number, "{record}");
        }
    }
}

fn check_metrics(number: usize, kind: &str, documents: &[Value]) {
    if !is_handled(kind) {
        assert!(documents.is_empty(), "{documents:?}");
        return;
    }
    assert_eq!(documents.len(), 1, "{number} ({kind}): {documents:?}");
    let document = &documents[0];
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

/// Returns the number of missing subsegments in the trace.
fn check_trace(number: usize, kind: &str, subsegments: &[Value]) -> usize {
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
