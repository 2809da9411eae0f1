//! Runs the tests of the OpenTelemetry crate with programs by others: a collector between the function and the test, a proxy that
//! injects faults, and botocore, which signs the request to CloudWatch again.

use std::process::Command;

use anyhow::{Result, ensure};

use crate::collector::{self, TOOLS};
use crate::{local_aws, workspace};

/// The tests of the package `powertools-lambda-opentelemetry`.
const TESTS: [&str; 9] = [
    "test",
    "--workspace",
    "--all-features",
    "--test",
    "it",
    "--",
    "fault_proxy",
    "real_receiver",
    "signed_for_the_service",
];

pub(super) fn run() -> Result<()> {
    let python = TOOLS.install()?;
    let agent = collector::agent()?;
    let folder = workspace::target()?.join(TOOLS.folder);
    let status = workspace::cargo(&TESTS)
        .env("ROTEL_AGENT", agent)
        .env("MICROBURST", local_aws::microburst()?)
        .env("SIGNED_REQUEST", &folder)
        .status()?;
    ensure!(status.success(), "the tests with a collector failed");
    let script = workspace::root().join("xtask/src/test/end_to_end/opentelemetry/check_signature.py");
    let checked = Command::new(python.join("bin/python"))
        .arg(script)
        .arg(&folder)
        .output()?;
    let said = String::from_utf8_lossy(&checked.stdout).into_owned() + &String::from_utf8_lossy(&checked.stderr);
    ensure!(checked.status.success(), "{said}");
    println!("{}", said.trim());
    Ok(())
}
