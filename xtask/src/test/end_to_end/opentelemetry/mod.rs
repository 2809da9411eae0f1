//! Runs the tests of the OpenTelemetry crate with what others made: a collector between the function and the test, and
//! botocore, which signs the request to CloudWatch again.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::python::Environment;
use crate::workspace;

const TOOLS: Environment = Environment {
    folder: "opentelemetry",
    about: "the collector rotel, and botocore (25 MB)",
    requirements: include_str!("requirements.txt"),
};

/// The tests of the package `powertools-lambda-opentelemetry`.
const TESTS: [&str; 8] = [
    "test",
    "--workspace",
    "--all-features",
    "--test",
    "it",
    "--",
    "real_receiver",
    "signed_for_the_service",
];

pub(super) fn run() -> Result<()> {
    let python = TOOLS.install()?;
    let found = Command::new(python.join("bin/python"))
        .args([
            "-c",
            "import os, rotel; print(os.path.join(os.path.dirname(rotel.__file__), 'rotel-agent'))",
        ])
        .output()?;
    let agent = String::from_utf8(found.stdout).context("the path of rotel is not UTF-8")?;
    ensure!(found.status.success(), "rotel was installed, but cannot be found");
    let folder = workspace::target()?.join(TOOLS.folder);
    let status = workspace::cargo(&TESTS)
        .env("ROTEL_AGENT", agent.trim())
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
