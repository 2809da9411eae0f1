//! Tests of parameters in a function: which trace contains a fetch, and what is forgotten after a restored snapshot.

use std::path::Path;
use std::time::{Duration, Instant};

use powertools_telemetry::{Datagrams, Telemetry};
use runtime_api::{Answer, FunctionProcess, Invocation, Outcome, RuntimeApi, Stdout};
use serde_json::{Value, json};

/// The function `reading`, with the services around it.
struct Reading {
    api: RuntimeApi,
    daemon: Datagrams,
    _process: FunctionProcess,
}

const PATIENT: u64 = 60_000;

impl Reading {
    fn start(variable: (&'static str, &str)) -> Self {
        let (api, daemon) = (RuntimeApi::start().unwrap(), Datagrams::listen().unwrap());
        let variables = [
            ("AWS_XRAY_DAEMON_ADDRESS", daemon.address().to_string()),
            (variable.0, variable.1.to_owned()),
        ];
        let program = Path::new(env!("CARGO_BIN_EXE_reading"));
        let process = FunctionProcess::start(program, &api, &variables, Stdout::Kept).unwrap();
        Self {
            api,
            daemon,
            _process: process,
        }
    }

    fn send(&self, number: usize, name: &str, patience_ms: u64) {
        let event = json!({ "name": name, "patience_ms": patience_ms });
        let header = format!("Root={};Parent={number:016x};Sampled=1", root(number));
        let invocation = Invocation::new(format!("request-{number}"), event.to_string());
        self.api.push(invocation.trace_header(header));
    }

    fn answers(&self, count: usize) -> Vec<Answer> {
        let answers = self.api.wait_for(count, Duration::from_mins(1));
        assert_eq!(answers.len(), count);
        assert_eq!(self.api.violations(), Vec::<String>::new());
        answers
    }

    /// Waits until a trace has this many subsegments, and returns them by name.
    #[allow(clippy::disallowed_methods)] // the test's own time
    fn subsegments(&self, number: usize, count: usize) -> Vec<(String, Value)> {
        let started = Instant::now();
        loop {
            let mut telemetry = Telemetry::default();
            let received = self.daemon.received();
            for datagram in &received {
                telemetry.add_datagram(datagram);
            }
            let segments = telemetry.segments.into_iter();
            let found: Vec<_> = segments
                .filter(|segment| segment.trace_id() == root(number))
                .map(|segment| (segment.name().to_owned(), segment.document().clone().into()))
                .collect();
            if found.len() >= count || started.elapsed() > Duration::from_secs(5) {
                return found;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn root(number: usize) -> String {
    format!("1-{number:08x}-{number:024x}")
}

fn names(subsegments: &[(String, Value)]) -> Vec<&str> {
    let mut names: Vec<_> = subsegments.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names
}

/// Checks that a trace has the handler and, within it, a call to SSM.
fn has_a_fetch(subsegments: &[(String, Value)]) {
    assert_eq!(names(subsegments), ["## handler", "SSM"], "{subsegments:?}");
    let of = |name| &subsegments.iter().find(|(found, _)| found == name).unwrap().1;
    assert_eq!(of("SSM")["namespace"], "aws");
    assert_eq!(of("SSM")["aws"]["operation"], "GetParameter");
    assert_eq!(of("SSM")["parent_id"], of("## handler")["id"]);
}

#[test]
fn a_fetch_is_in_the_trace_of_the_invocation_that_began_it_and_in_no_other() {
    let function = Reading::start(("AWS_LAMBDA_MAX_CONCURRENCY", "2"));
    function.send(1, "/shared", PATIENT);
    function.send(2, "/shared", PATIENT);
    for answer in function.answers(2) {
        let Outcome::Response(body) = &answer.outcome else {
            panic!("{answer:?}")
        };
        assert_eq!(&body[..], b"\"EUR\"");
    }
    let (mut first, mut second) = (function.subsegments(1, 1), function.subsegments(2, 1));
    if second.len() > first.len() {
        std::mem::swap(&mut first, &mut second);
    }
    assert_eq!(names(&second), ["## handler"], "it waited for the other's call");
    has_a_fetch(&first);

    function.send(3, "/shared", PATIENT);
    function.answers(3);
    assert_eq!(names(&function.subsegments(3, 1)), ["## handler"], "it was cached");
}

#[test]
fn a_fetch_whose_caller_gave_up_is_in_the_callers_trace() {
    let function = Reading::start(("AWS_LAMBDA_MAX_CONCURRENCY", "2"));
    function.send(1, "/slow", 10);
    let answers = function.answers(1);
    assert!(matches!(&answers[0].outcome, Outcome::Response(body) if body == b"null"));
    has_a_fetch(&function.subsegments(1, 2));
}

#[test]
fn a_restored_snapshot_forgets_what_was_read_before_it() {
    for (how, is_forgotten) in [("on-demand", false), ("snap-start", true)] {
        let function = Reading::start(("AWS_LAMBDA_INITIALIZATION_TYPE", how));
        function.send(1, "/read/ahead", PATIENT);
        function.answers(1);
        if is_forgotten {
            has_a_fetch(&function.subsegments(1, 2));
        } else {
            assert_eq!(names(&function.subsegments(1, 1)), ["## handler"], "{how}");
        }
    }
}
