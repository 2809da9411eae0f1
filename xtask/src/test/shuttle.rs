//! The step [`run`]: the models of what threads share, in many interleavings.

use anyhow::{Result, ensure};

use crate::workspace;

/// The packages with models, and the flags of each.
///
/// Core's models are unit tests; `models` runs those of crates whose own tests need the AWS SDK.
const PACKAGES: [&[&str]; 2] = [
    &[
        "powertools-lambda-core",
        "--lib",
        "--features",
        "__shuttle,test-util",
        "models::",
    ],
    &["models", "--test", "parameters"],
];

/// Runs the models.
///
/// Their `cfg` compiles every dependency once more, into a separate target folder.
pub(super) fn run() -> Result<()> {
    let target = workspace::target()?.join("shuttle");
    for arguments in PACKAGES {
        let mut command = workspace::cargo(&["test", "--locked", "--target-dir"]);
        command.arg(&target).arg("--package").args(arguments);
        let status = command.env("RUSTFLAGS", "--cfg powertools_shuttle").status()?;
        ensure!(status.success(), "the models of {} failed ({status})", arguments[0]);
    }
    Ok(())
}
