//! Measures a function's start and the overhead of its invocations.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use powertools_telemetry::{Capture, Datagrams, Segment};
use serde_json::{Value, json};

use super::runtime_api::{RuntimeApi, Step};
use super::suite::Suite;
use crate::json::number;
use crate::process::Group;
use crate::timeline::is_handler;
use crate::{ui, workspace};

/// The number of measured warm invocations.
const WARM: usize = 50;

struct Times {
    /// From the start of the process to its first request for an event.
    start: Duration,
    /// From the event to the answer, without the handler's own time (median).
    before_answer: Duration,
    /// From the answer to the request for the next event, in which metrics and traces are sent.
    after_answer: Duration,
}

/// Prints the times of each function under a custom Runtime API, because the local AWS adds some 50 ms to every invocation.
///
/// Each function runs in its usual environment, with an event that it rejects or for which it has nothing to do.
pub(super) fn print(suite: &Suite) -> Result<()> {
    let functions: Vec<_> = suite.shop.capture()?.logs.into_keys().collect();
    ensure!(functions.len() == 10, "{functions:?}");
    let programs = workspace::target()?.join("debug");
    let times = ui::task("Timing every function (dev profile)", || {
        let timed = functions.iter().map(|function| {
            let times = measure(suite, function, &programs.join(function));
            times.with_context(|| format!("{function} cannot be timed"))
        });
        timed.collect::<Result<Vec<_>>>()
    })?;
    println!(
        "{:18} {:>10} {:>15} {:>14}",
        "function", "cold init", "before answer", "after answer"
    );
    for (function, times) in functions.iter().zip(times) {
        let [start, before, after] = [times.start, times.before_answer, times.after_answer]
            .map(|time| format!("{:.2} ms", time.as_secs_f64() * 1e3));
        println!("{function:18} {start:>10} {before:>15} {after:>14}");
    }
    Ok(())
}

fn measure(suite: &Suite, function: &str, program: &Path) -> Result<Times> {
    let client = suite.shop.deployment.client();
    let path = format!("2015-03-31/functions/{function}/configuration");
    let configuration = client.rest("lambda", "GET", &path, &Value::Null)?;
    let variables = configuration["Environment"]["Variables"].as_object();
    let variables = variables.with_context(|| format!("no variables in {configuration}"))?;
    let (api, daemon) = (RuntimeApi::start()?, Datagrams::listen()?);
    let mut command = Command::new(program);
    command
        .env_clear()
        .envs(
            variables
                .iter()
                .filter_map(|(name, value)| Some((name, value.as_str()?))),
        )
        .env("AWS_LAMBDA_RUNTIME_API", api.address().to_string())
        .env("AWS_LAMBDA_FUNCTION_NAME", function)
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "times")
        .env("AWS_XRAY_DAEMON_ADDRESS", daemon.address().to_string())
        .env("AWS_ENDPOINT_URL", client.endpoint())
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let started = Instant::now();
    let _process = Group::start(&mut command)?;
    let mut asked = api.wait_for(Step::Next)?;
    let start = asked - started;
    let (mut whole, mut after) = (Vec::new(), Vec::new());
    for _ in 0..=WARM {
        let pushed = Instant::now();
        api.push(&event().to_string())?;
        let answered = api.wait_for(Step::Answer)?;
        asked = api.wait_for(Step::Next)?;
        whole.push(answered - pushed);
        after.push(asked - answered);
    }
    let handlers = handlers(&daemon, WARM + 1)?;
    // The first invocation is cold.
    let before = whole
        .into_iter()
        .zip(handlers)
        .skip(1)
        .map(|(whole, own)| whole.saturating_sub(own));
    Ok(Times {
        start,
        before_answer: median(before.collect()),
        after_answer: median(after.split_off(1)),
    })
}

/// Returns the duration of each handler, in order.
fn handlers(daemon: &Datagrams, count: usize) -> Result<Vec<Duration>> {
    const PATIENCE: Duration = Duration::from_secs(5);
    let started = Instant::now();
    loop {
        let capture = Capture {
            datagrams: daemon.received(),
            ..Capture::default()
        };
        let segments = capture.read().segments;
        let own = |handler: &Segment| number(&handler["end_time"]) - number(&handler["start_time"]);
        let handlers = segments.iter().filter(|segment| is_handler(segment));
        let handlers: Vec<_> = handlers
            .map(|handler| Duration::from_secs_f64(own(handler).max(0.0)))
            .collect();
        if handlers.len() == count {
            return Ok(handlers);
        }
        ensure!(
            started.elapsed() < PATIENCE,
            "{} of {count} invocations have a trace",
            handlers.len()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Returns an event that is both a request and an empty batch.
fn event() -> Value {
    json!({
        "Records": [], "resource": "/", "path": "/", "httpMethod": "POST", "headers": {}, "multiValueHeaders": {},
        "queryStringParameters": null, "pathParameters": null, "body": null, "isBase64Encoded": false,
        "requestContext": { "requestId": "request", "httpMethod": "POST", "stage": "Prod" },
    })
}
