//! Checks idempotency with a table in a local AWS, with concurrent duplicates and injected faults.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::local_aws::{Client, Faults, LocalAws};
use crate::{ui, workspace};

/// The duplicates of each key, and the keys.
const LOAD: &str = "8 200";

/// The same in the suite that runs on request.
const THOROUGH_LOAD: &str = "64 1000";

/// The probability of each fault.
const PROBABILITY: f64 = 0.04;

pub(super) fn run() -> Result<()> {
    check(LOAD)
}

pub(super) fn run_thoroughly() -> Result<()> {
    check(THOROUGH_LOAD)
}

fn check(load: &str) -> Result<()> {
    let aws = LocalAws::start(&[])?;
    let faults = Faults::start(&aws)?;
    stir_up(&faults)?;
    let started = Instant::now();
    // For the whole workspace, so that the features are the same as in the previous step and nothing is compiled twice.
    let arguments = [
        "test",
        "--workspace",
        "--all-features",
        "--test",
        "local_dynamodb",
        "--",
        "--ignored",
        "--nocapture",
        "--test-threads=1",
    ];
    let status = workspace::cargo(&arguments)
        .env("POWERTOOLS_TEST_AWS", aws.client().endpoint())
        .env("POWERTOOLS_TEST_AWS_FAULTS", faults.endpoint())
        .env("POWERTOOLS_TEST_LOAD", load)
        .status()
        .context("cargo cannot be started")?;
    let log = aws.log().display();
    ensure!(
        status.success(),
        "the tests failed ({status}); the log of MiniStack is {log}"
    );
    let made = faults.made()?;
    println!("injected faults: {made:?}; {}", ui::seconds(started.elapsed()));
    for kind in ["error", "reset", "abort"] {
        let is_made = |fault: &String| fault.starts_with("dynamodb UpdateItem") && fault.contains(kind);
        ensure!(made.keys().any(is_made), "no update had the fault {kind}");
    }
    Ok(())
}

/// Injects faults between the clients and the table.
fn stir_up(faults: &Faults) -> Result<()> {
    let throttled = json!({ "service": "dynamodb", "error": { "code": "ThrottlingException", "status": 400 } });
    // The proxy reads its models at the first fault of a service, which takes seconds.
    faults.set_rules(&json!([throttled]))?;
    let proxy = Client::new(faults.endpoint().to_owned());
    let call = proxy.json("dynamodb", "DynamoDB_20120810.ListTables", &json!({}));
    ensure!(call.is_err(), "the proxy injects no faults");
    let failed = json!({ "error": { "code": "InternalServerError", "status": 500 } });
    let reset = json!({ "reset": true });
    // The request takes effect, but its answer is lost.
    let unanswered = json!({ "response": { "abort_bytes": 0 } });
    let often = |mut rule: Value| {
        rule["service"] = "dynamodb".into();
        rule["operation"] = "UpdateItem".into();
        rule["probability"] = PROBABILITY.into();
        rule
    };
    faults.set_rules(&Value::Array([failed, reset, unanswered].map(often).into()))
}
