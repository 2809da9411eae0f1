//! Runs the function `mixed` and sorts what comes out of it by invocation.

#![allow(dead_code, unreachable_pub)] // each test file uses its part

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use powertools_telemetry::{DATAGRAM_HEADER, Datagrams};
use runtime_api::{Answer, FunctionProcess, Invocation, Outcome, RuntimeApi, Stdout};
use serde_json::{Value, json};

/// What an invocation asks the function to do; one in eight cannot be decoded.
pub const KINDS: [&str; 8] = [
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
pub struct Function {
    pub api: RuntimeApi,
    pub daemon: Datagrams,
    pub process: FunctionProcess,
}

impl Function {
    /// Starts `mixed` with these variables, which may replace the standard ones.
    pub fn start(variables: &[(&str, &str)], stdout: Stdout) -> Self {
        let (api, daemon) = (RuntimeApi::start().unwrap(), Datagrams::listen().unwrap());
        let mut all = vec![
            ("POWERTOOLS_SERVICE_NAME", "mixed".to_owned()),
            ("POWERTOOLS_METRICS_NAMESPACE", "Mixed".to_owned()),
            ("AWS_XRAY_DAEMON_ADDRESS", daemon.address().to_string()),
        ];
        all.extend(variables.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let program = Path::new(env!("CARGO_BIN_EXE_mixed"));
        let process = FunctionProcess::start(program, &api, &all, stdout).unwrap();
        Self { api, daemon, process }
    }

    /// Sends an invocation of this kind.
    pub fn send(&self, number: usize, kind: &str) {
        let body = if kind == "undecodable" {
            r#"{"number": "none"}"#.to_owned()
        } else {
            json!({"number": number, "kind": kind}).to_string()
        };
        let header = format!("Root={};Parent={};Sampled=1", root(number), parent(number));
        self.api
            .push(Invocation::new(request_id(number), body).trace_header(header));
    }

    /// Waits for this many answers and fails when they do not come.
    pub fn answers(&self, count: usize) -> Vec<Answer> {
        let answers = self.api.wait_for(count, Duration::from_mins(1));
        assert_eq!(
            answers.len(),
            count,
            "the function stopped answering; it says {:?}",
            last(&self.process.errors())
        );
        assert_eq!(self.api.violations(), Vec::<String>::new());
        answers
    }

    /// Returns what came out so far.
    pub fn output(&self) -> Output {
        Output::read(&self.process.lines(), &self.daemon.received())
    }

    /// Waits until `complete` says so, or nothing more is to be expected; then a little longer, for what is too much.
    #[allow(clippy::disallowed_methods)] // the test's own time
    pub fn settled(&self, complete: impl Fn(&Output) -> bool) -> Output {
        let started = Instant::now();
        while !complete(&self.output()) && started.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(Duration::from_millis(20));
        }
        std::thread::sleep(Duration::from_millis(100));
        self.output()
    }
}

fn last(lines: &[String]) -> Option<&String> {
    lines.last()
}

pub fn request_id(number: usize) -> String {
    format!("request-{number}")
}

pub fn root(number: usize) -> String {
    format!("1-{number:08x}-{number:024x}")
}

pub fn parent(number: usize) -> String {
    format!("{:016x}", number + 1)
}

/// Returns how an invocation of this kind is answered.
pub fn expected_answer(number: usize, kind: &str) -> Result<Value, String> {
    match kind {
        "error" => Err(format!("failed {number}")),
        "panic" => Err(format!("Lambda panicked: broke {number}")),
        "panic_in_call" => Err(format!("Lambda panicked: broke {number} in call")),
        "undecodable" => Err("expected u64".to_owned()),
        _ => Ok(json!({"number": number})),
    }
}

/// Checks that an invocation was answered as its kind asks.
pub fn check_answer(number: usize, kind: &str, answer: &Answer) {
    assert_eq!(answer.request_id, request_id(number));
    match (expected_answer(number, kind), &answer.outcome) {
        (Ok(expected), Outcome::Response(body)) => {
            assert_eq!(serde_json::from_slice::<Value>(body).unwrap(), expected);
        }
        (Err(expected), Outcome::Error(body)) => assert!(body.contains(&expected), "{expected} is not in {body}"),
        (expected, outcome) => panic!("{number} ({kind}): {outcome:?}, expected {expected:?}"),
    }
}

/// What came out of the function.
#[derive(Debug, Default)]
pub struct Output {
    pub records: Vec<Value>,
    pub metrics: Vec<Value>,
    pub cold_starts: Vec<Value>,
    pub subsegments: Vec<Value>,
    /// What the user's own layer and hook printed.
    pub own: Vec<Value>,
}

impl Output {
    fn read(lines: &[String], datagrams: &[String]) -> Self {
        let mut output = Self::default();
        for line in lines {
            let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            if value.get("_aws").is_some() {
                let cold = value.get("ColdStart").is_some();
                if cold {
                    &mut output.cold_starts
                } else {
                    &mut output.metrics
                }
                .push(value);
            } else if value.get("level").is_some() {
                output.records.push(value);
            } else {
                output.own.push(value);
            }
        }
        for datagram in datagrams {
            let document = datagram.strip_prefix(DATAGRAM_HEADER);
            output
                .subsegments
                .push(serde_json::from_str(document.expect("no header line")).unwrap());
        }
        output
    }

    /// Returns the records of each request.
    pub fn records_by_request(&self) -> BTreeMap<&str, Vec<&Value>> {
        by(&self.records, "function_request_id")
    }

    /// Returns the subsegments of each trace.
    pub fn subsegments_by_trace(&self) -> BTreeMap<&str, Vec<&Value>> {
        by(&self.subsegments, "trace_id")
    }

    /// Returns the metrics of the invocation with this number.
    pub fn metrics_of(&self, number: usize) -> Vec<&Value> {
        self.metrics
            .iter()
            .filter(|document| document["number"] == number)
            .collect()
    }
}

pub fn by<'a>(values: &'a [Value], key: &str) -> BTreeMap<&'a str, Vec<&'a Value>> {
    let mut groups: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for value in values {
        groups.entry(value[key].as_str().unwrap_or("")).or_default().push(value);
    }
    groups
}
