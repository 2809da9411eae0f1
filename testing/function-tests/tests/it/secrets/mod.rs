//! A secret in parameters, events, headers and errors is in nothing that a function writes.

mod leaks;

use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use powertools_telemetry::Datagrams;
use runtime_api::{FunctionProcess, Invocation, RuntimeApi, Stdout};
use serde_json::{Value, json};

use self::leaks::{leaks, percent};

/// Its characters mean something in URLs, forms, headers and Base64.
const SECRET: &str = "hunter2+Wq/9&Zx81:Lm=kTtPv";

/// Returns everything that a function wrote for these events: records, metrics, documents and standard error.
fn written(program: &str, source: &str, events: &[Value]) -> Vec<String> {
    let (api, daemon) = (RuntimeApi::start().unwrap(), Datagrams::listen().unwrap());
    let variables = [
        ("POWERTOOLS_METRICS_NAMESPACE", "Shop".to_owned()),
        ("POWERTOOLS_LOG_LEVEL", "DEBUG".to_owned()),
        ("AWS_XRAY_DAEMON_ADDRESS", daemon.address().to_string()),
        ("SOURCE", source.to_owned()),
        ("SECRET", SECRET.to_owned()),
        ("ENCODED_SECRET", percent(SECRET)),
    ];
    let process = FunctionProcess::start(Path::new(program), &api, &variables, Stdout::Kept).unwrap();
    for (number, event) in events.iter().enumerate() {
        let header = format!("Root=1-{number:08x}-{number:024x};Parent={:016x};Sampled=1", number + 1);
        let invocation = Invocation::new(format!("request-{number}"), event.to_string());
        api.push(invocation.trace_header(header));
    }
    let answers = api.wait_for(events.len(), Duration::from_mins(1));
    assert_eq!(answers.len(), events.len(), "{:?}", process.errors());
    let written = settled(|| [process.lines(), process.errors(), daemon.received()].concat());
    // The search below is worth nothing if there was nothing to search.
    assert!(
        !process.lines().is_empty() && !daemon.received().is_empty(),
        "{written:?}"
    );
    written
}

/// Returns what is written when nothing more is.
#[allow(clippy::disallowed_methods)] // the test's own time
fn settled(read: impl Fn() -> Vec<String>) -> Vec<String> {
    let (mut before, mut since) = (read(), Instant::now());
    while since.elapsed() < Duration::from_millis(300) {
        std::thread::sleep(Duration::from_millis(20));
        let now = read();
        if now.len() != before.len() {
            (before, since) = (now, Instant::now());
        }
    }
    before
}

fn function(events: &[Value]) -> Vec<String> {
    written(env!("CARGO_BIN_EXE_secrets"), "events", events)
}

#[test]
fn a_secret_is_in_nothing_that_a_function_writes() {
    let body = json!({"user": "ada", "password": SECRET}).to_string();
    let form = format!("user=ada&token={}", percent(SECRET));
    let message =
        |id: u8, body: &Value| json!({"messageId": id.to_string(), "body": body.to_string(), "eventSource": "aws:sqs"});
    let messages = [
        json!({"token": SECRET}),
        json!({"token": 7}),
        json!({"token": [SECRET]}),
    ];
    let batch = json!({"Records": [message(1, &messages[0]), message(2, &messages[1]), message(3, &messages[2])]});
    let failed = json!({"Records": [message(1, &messages[0])]});
    let events = [
        json!({"kind": "event", "headers": {"Authorization": SECRET, "X-Api-Key": SECRET}, "cookies": [format!("session={SECRET}")]}),
        json!({"kind": "event", "body": body, "multiValueHeaders": {"cookie": [SECRET, SECRET]}}),
        json!({"kind": "event", "body": BASE64_STANDARD.encode(&body), "isBase64Encoded": true}),
        json!({"kind": "event", "body": BASE64_STANDARD.encode(&form), "isBase64Encoded": true, "rawQueryString": form}),
        json!({"kind": "event", "body": form, "queryStringParameters": {"password": SECRET}}),
        json!({"kind": "event", "attributes": [{"name": "x-api-key", "value": SECRET}, ["cookie", SECRET]]}),
        json!({"kind": "event", "Records": [{"kinesis": {"data": BASE64_STANDARD.encode(&body)}}]}),
        // Truncated in the middle of the secret, wherever that is.
        json!({"kind": "event", "a": "x".repeat(20_300), "secret": SECRET, "body": body}),
        json!({"kind": "parameters"}),
        json!({"kind": "idempotency"}),
        json!({"kind": "flags"}),
        json!({"kind": "call"}),
        json!({"kind": "batch", "event": batch}),
        json!({"kind": "batch", "event": failed}),
    ];
    let written = function(&events);
    assert_eq!(leaks(&written, SECRET), [""; 0]);
}

#[test]
fn a_secret_of_a_request_is_in_nothing_that_an_http_api_writes() {
    let form = format!("password={}", percent(SECRET));
    let request = |more: Value| {
        let mut event = json!({
            "version": "2.0", "rawPath": "/login", "rawQueryString": format!("token={}", percent(SECRET)),
            "headers": {"host": "api.example", "authorization": format!("Bearer {SECRET}"), "x-api-key": SECRET},
            "cookies": [format!("session={SECRET}")],
            "requestContext": {"http": {"method": "POST", "path": "/login"}, "requestId": "r-1", "stage": "$default"},
            "body": form, "isBase64Encoded": false,
        });
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event
    };
    let events = [
        request(json!({})),
        request(json!({"body": BASE64_STANDARD.encode(&form), "isBase64Encoded": true})),
        // Refused before the router: a method and a body that are none.
        request(json!({"requestContext": {"http": {"method": "P O", "path": "/login"}}})),
        request(json!({"isBase64Encoded": true})),
        request(json!({"rawPath": "/nowhere"})),
    ];
    let written = written(env!("CARGO_BIN_EXE_secrets"), "http", &events);
    assert_eq!(leaks(&written, SECRET), [""; 0]);
}

/// The guide of the logger says so, because nothing can know what such a text has in it.
#[test]
fn a_secret_that_the_function_itself_writes_is_shown() {
    for kind in ["own_error", "own_field"] {
        let written = function(&[json!({"kind": kind})]);
        assert!(!leaks(&written, SECRET).is_empty(), "{kind}: {written:?}");
    }
    // serde's error has the value of an unexpected type, and the runtime logs the error.
    let written = written(
        env!("CARGO_BIN_EXE_mixed"),
        "events",
        &[json!({"number": SECRET, "kind": "ok"})],
    );
    assert!(!leaks(&written, SECRET).is_empty(), "{written:?}");
}
