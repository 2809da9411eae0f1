//! Tests that a telemetry failure never changes the handler's response.

use runtime_api::Stdout;

use crate::common::{Function, KINDS, check_answer};

const INVOCATIONS: usize = 80;

/// Checks the responses, and returns the function's standard error.
fn answers_as_always(variables: &[(&str, &str)], stdout: Stdout) -> Vec<String> {
    let mut function = Function::start(variables, stdout);
    for number in 0..INVOCATIONS {
        function.send(number, KINDS[number % KINDS.len()]);
    }
    for answer in function.answers(INVOCATIONS) {
        let number: usize = answer.request_id.strip_prefix("request-").unwrap().parse().unwrap();
        check_answer(number, KINDS[number % KINDS.len()], &answer);
    }
    assert_eq!(function.process.ended().unwrap(), None, "the function is still running");
    function.process.errors()
}

#[test]
fn a_daemon_that_is_not_there() {
    // Nothing listens on the discard port of 127.0.0.1: each datagram after the first is rejected.
    answers_as_always(&[("AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:9")], Stdout::Kept);
}

#[test]
fn an_invalid_daemon_address() {
    for address in ["nonsense", "tcp:127.0.0.1:2000", "999.0.0.1:2000", "127.0.0.1:port"] {
        answers_as_always(&[("AWS_XRAY_DAEMON_ADDRESS", address)], Stdout::Kept);
    }
}

#[test]
fn a_closed_standard_output_is_one_warning() {
    let errors = answers_as_always(&[("AWS_LAMBDA_MAX_CONCURRENCY", "4")], Stdout::Closed);
    let warnings = errors.iter().filter(|line| line.contains("standard output")).count();
    assert_eq!(warnings, 1, "{errors:?}");
}

#[test]
fn no_standard_output_at_all() {
    answers_as_always(&[], Stdout::Absent);
}

#[test]
fn a_full_standard_output_is_one_warning() {
    let errors = answers_as_always(&[("AWS_LAMBDA_MAX_CONCURRENCY", "4")], Stdout::Full);
    let warnings = errors.iter().filter(|line| line.contains("standard output")).count();
    assert_eq!(warnings, 1, "{errors:?}");
}

#[test]
fn invalid_variables() {
    let errors = answers_as_always(
        &[
            ("POWERTOOLS_LOG_LEVEL", "LOUD"),
            ("POWERTOOLS_SERVICE_NAME", " "),
            ("POWERTOOLS_METRICS_NAMESPACE", ""),
            ("POWERTOOLS_METRICS_DISABLED", "perhaps"),
            ("POWERTOOLS_TRACE_DISABLED", "2"),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", ""),
            ("AWS_LAMBDA_LOG_FORMAT", "XML"),
        ],
        Stdout::Kept,
    );
    let about = |name: &str| errors.iter().filter(|line| line.contains(name)).count();
    for name in [
        "POWERTOOLS_LOG_LEVEL",
        "POWERTOOLS_SERVICE_NAME",
        "POWERTOOLS_METRICS_DISABLED",
        "POWERTOOLS_TRACE_DISABLED",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
    ] {
        assert_eq!(about(name), 1, "{name}: {errors:?}");
    }
}

#[test]
fn a_broken_metric_or_key_is_a_warning_each() {
    let mut function = Function::start(&[], Stdout::Kept);
    for number in 0..3 {
        function.send(number, "broken_telemetry");
    }
    for (number, answer) in function.answers(3).iter().enumerate() {
        check_answer(number, "broken_telemetry", answer);
    }
    let output = function.settled(|output| output.metrics.len() == 3);
    assert_eq!(output.metrics.len(), 3);
    for (number, document) in output.metrics.iter().enumerate() {
        assert_eq!(document["Handled"], number);
    }
    let errors = function.process.errors();
    let names = errors
        .iter()
        .filter(|line| line.contains("invalid metric name"))
        .count();
    assert_eq!(names, 1, "{errors:?}");
}
