//! Runs the function `mixed` and groups its output by invocation.

mod output;

use std::path::Path;
use std::time::{Duration, Instant};

use powertools_telemetry::Datagrams;
use runtime_api::{Answer, FunctionProcess, Invocation, Outcome, RuntimeApi, Stdout};
use serde_json::{Value, json};

pub(crate) use self::output::Output;

/// The kinds of invocations; one in eight cannot be decoded.
pub(crate) const KINDS: [&str; 8] = [
    "ok",
    "error",
    "panic",
    "slow",
    "spawn",
    "panic_in_call",
    "undecodable",
    "broken_telemetry",
];

/// A function under test, with the services around it.
pub(crate) struct Function {
    pub(crate) api: RuntimeApi,
    pub(crate) daemon: Datagrams,
    pub(crate) process: FunctionProcess,
    output: Output,
}

impl Function {
    /// Starts `mixed` with these variables, which take precedence over the standard ones.
    pub(crate) fn start(variables: &[(&str, &str)], stdout: Stdout) -> Self {
        let (api, daemon) = (RuntimeApi::start().unwrap(), Datagrams::listen().unwrap());
        let mut all = vec![
            ("POWERTOOLS_SERVICE_NAME", "mixed".to_owned()),
            ("POWERTOOLS_METRICS_NAMESPACE", "Mixed".to_owned()),
            ("AWS_XRAY_DAEMON_ADDRESS", daemon.address().to_string()),
        ];
        all.extend(variables.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let program = Path::new(env!("CARGO_BIN_EXE_mixed"));
        let process = FunctionProcess::start(program, &api, &all, stdout).unwrap();
        Self {
            api,
            daemon,
            process,
            output: Output::default(),
        }
    }

    /// Sends an invocation of this kind.
    pub(crate) fn send(&self, number: usize, kind: &str) {
        let body = if kind == "undecodable" {
            r#"{"number": "none"}"#.to_owned()
        } else {
            json!({"number": number, "kind": kind}).to_string()
        };
        let header = format!("Root={};Parent={};Sampled=1", root(number), parent(number));
        self.api
            .push(Invocation::new(request_id(number), body).trace_header(header));
    }

    /// Waits for this many answers, and fails if none arrives for a minute.
    pub(crate) fn answers(&self, count: usize) -> Vec<Answer> {
        let (mut answers, mut before) = (Vec::new(), None);
        while answers.len() < count && before != Some(answers.len()) {
            before = Some(answers.len());
            answers = self.api.wait_for(count, Duration::from_mins(1));
        }
        assert_eq!(
            answers.len(),
            count,
            "the function stopped answering; standard error: {:?}",
            last(&self.process.errors())
        );
        assert_eq!(self.api.violations(), Vec::<String>::new());
        answers
    }

    /// Returns the output so far.
    pub(crate) fn output(&mut self) -> &Output {
        let (lines, datagrams) = self.output.read();
        let (lines, datagrams) = (self.process.lines_after(lines), self.daemon.received_after(datagrams));
        self.output.add(lines, datagrams);
        &self.output
    }

    /// Waits until `complete` returns true or nothing has arrived for five seconds, then a little longer to catch
    /// surplus output.
    #[allow(clippy::disallowed_methods)] // the test's own time
    pub(crate) fn settled(&mut self, complete: impl Fn(&Output) -> bool) -> &Output {
        let (mut read, mut since) = (self.output.read(), Instant::now());
        while !complete(self.output()) && since.elapsed() < Duration::from_secs(5) {
            if read != self.output.read() {
                (read, since) = (self.output.read(), Instant::now());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        std::thread::sleep(Duration::from_millis(100));
        self.output()
    }

    /// Ends the function and returns its output.
    pub(crate) fn into_output(self) -> Output {
        self.output
    }
}

fn last(lines: &[String]) -> Option<&String> {
    lines.last()
}

pub(crate) fn request_id(number: usize) -> String {
    format!("request-{number}")
}

pub(crate) fn root(number: usize) -> String {
    format!("1-{number:08x}-{number:024x}")
}

pub(crate) fn parent(number: usize) -> String {
    format!("{:016x}", number + 1)
}

/// Returns the expected answer to an invocation of this kind.
pub(crate) fn expected_answer(number: usize, kind: &str) -> Result<Value, String> {
    match kind {
        "error" => Err(format!("failed {number}")),
        "panic" => Err(format!("Lambda panicked: broke {number}")),
        "panic_in_call" => Err(format!("Lambda panicked: broke {number} in call")),
        "undecodable" => Err("expected u64".to_owned()),
        _ => Ok(json!({"number": number})),
    }
}

/// Checks the answer to an invocation.
pub(crate) fn check_answer(number: usize, kind: &str, answer: &Answer) {
    assert_eq!(answer.request_id, request_id(number));
    match (expected_answer(number, kind), &answer.outcome) {
        (Ok(expected), Outcome::Response(body)) => {
            assert_eq!(serde_json::from_slice::<Value>(body).unwrap(), expected);
        }
        (Err(expected), Outcome::Error(body)) => assert!(body.contains(&expected), "{expected} is not in {body}"),
        (expected, outcome) => panic!("{number} ({kind}): {outcome:?}, expected {expected:?}"),
    }
}
