//! Tests that the telemetry of a hanging handler is sent shortly before its deadline.

use std::path::Path;
use std::time::{Duration, Instant};

use powertools_telemetry::Datagrams;
use runtime_api::{FunctionProcess, Invocation, RuntimeApi, Stdout};

/// The name of the watch's thread, as the system truncates it.
const WATCH: &str = "powertools-watc";

struct Function {
    api: RuntimeApi,
    daemon: Datagrams,
    process: FunctionProcess,
}

impl Function {
    fn start(variables: &[(&str, &str)], stdout: Stdout) -> Self {
        let (api, daemon) = (RuntimeApi::start().unwrap(), Datagrams::listen().unwrap());
        let mut all = vec![
            ("AWS_XRAY_DAEMON_ADDRESS", daemon.address().to_string()),
            ("POWERTOOLS_METRICS_NAMESPACE", "Hanging".to_owned()),
        ];
        all.extend(variables.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let program = Path::new(env!("CARGO_BIN_EXE_hanging"));
        let process = FunctionProcess::start(program, &api, &all, stdout).unwrap();
        Self { api, daemon, process }
    }

    fn invoke(&self, number: usize, deadline: Duration, sampled: bool) {
        let header = format!(
            "Root=1-5759e988-{number:024x};Parent=53995c3f42cd8ad8;Sampled={}",
            u8::from(sampled)
        );
        let invocation = Invocation::new(format!("request-{number}"), "{}");
        self.api.push(invocation.trace_header(header).deadline(deadline));
    }

    fn details(&self) -> usize {
        self.lines_with("a detail")
    }

    fn lines_with(&self, text: &str) -> usize {
        self.process.lines().iter().filter(|line| line.contains(text)).count()
    }

    fn spans(&self) -> usize {
        self.daemon
            .received()
            .iter()
            .filter(|document| document.contains("## done"))
            .count()
    }

    fn is_watched(&self) -> bool {
        self.process.threads().unwrap().iter().any(|name| name == WATCH)
    }
}

/// Waits until a condition holds, and fails the test if it never does.
#[allow(clippy::disallowed_methods)] // the test's own time
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(20), "never: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_handler_that_blocks_its_only_worker_has_logged_traced_and_counted_what_it_did() {
    let function = Function::start(&[("BLOCKS", "true")], Stdout::Kept);
    function.invoke(1, Duration::from_secs(2), true);
    eventually("the record is written", || function.details() == 1);
    eventually("the span is sent", || function.spans() == 1);
    eventually("the metric is written", || function.lines_with(r#""Hung":1"#) == 1);
    assert_eq!(function.lines_with(r#""ColdStart":1"#), 1);
    assert!(function.is_watched());
}

#[test]
fn an_output_that_nobody_reads_keeps_no_datagram() {
    let variables = [("AWS_LAMBDA_MAX_CONCURRENCY", "64"), ("DETAIL_BYTES", "16384")];
    let mut function = Function::start(&variables, Stdout::Unread);
    for number in 0..64 {
        function.invoke(number, Duration::from_secs(4), true);
    }
    eventually("all 64 spans are sent", || function.spans() == 64);
    // 64 records of 16 KiB do not fit into the pipe, so most of them still wait for a reader.
    function.process.read_output();
    eventually("all 64 records are written", || function.details() == 64);
}

#[test]
fn a_thawed_process_is_late_but_loses_nothing() {
    let function = Function::start(&[], Stdout::Kept);
    function.invoke(1, Duration::from_secs(2), true);
    eventually("the invocation is watched", || function.is_watched());
    eventually("the handler hangs", || function.lines_with("hanging") == 1);
    function.process.freeze().unwrap();
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!((function.details(), function.spans()), (0, 0));
    function.process.thaw().unwrap();
    eventually("the record is written", || function.details() == 1);
    eventually("the span is sent", || function.spans() == 1);
}

#[test]
fn a_function_that_nobody_wants_watched_has_no_thread_for_it() {
    // An invocation that is not sampled has nothing to send, `mixed` has no log buffer, and the metrics are disabled.
    let (api, daemon) = (RuntimeApi::start().unwrap(), Datagrams::listen().unwrap());
    let variables = [
        ("AWS_XRAY_DAEMON_ADDRESS", daemon.address().to_string()),
        ("POWERTOOLS_METRICS_DISABLED", "true".to_owned()),
    ];
    let program = Path::new(env!("CARGO_BIN_EXE_mixed"));
    let process = FunctionProcess::start(program, &api, &variables, Stdout::Kept).unwrap();
    let is_watched = || process.threads().unwrap().iter().any(|name| name == WATCH);
    let header =
        |sampled| format!("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled={sampled}");
    let event = r#"{"number": 1, "kind": "ok"}"#;
    api.push(Invocation::new("not-sampled", event).trace_header(header(0)));
    assert_eq!(api.wait_for(1, Duration::from_secs(20)).len(), 1);
    assert!(!is_watched());
    api.push(Invocation::new("sampled", event).trace_header(header(1)));
    assert_eq!(api.wait_for(2, Duration::from_secs(20)).len(), 2);
    // The thread names itself.
    eventually("the thread exists", is_watched);
}
