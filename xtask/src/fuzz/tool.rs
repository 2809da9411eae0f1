//! `Tool`, the installed `cargo-fuzz` and the targets that it builds.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::{tools, workspace};

/// The version that is installed.
const VERSION: &str = "0.13.2";

/// No sanitizer is used. Sanitizers find misuse of memory, which the compiler forbids in the toolkit (`unsafe_code = "forbid"`),
/// halve the speed, and need an unstable flag.
const OPTIONS: [&str; 2] = ["--sanitizer", "none"];

/// The program, and where the targets are.
pub(super) struct Tool {
    program: PathBuf,
    host: String,
    /// The target folder of the fuzz package, with what the runs add.
    pub(super) folder: PathBuf,
}

impl Tool {
    /// Finds the program under `target/tools`, or installs it there.
    pub(super) fn installed() -> Result<Self> {
        let program = tools::installed("cargo-fuzz", VERSION)?;
        let verbose = Command::new("rustc").arg("-vV").output()?;
        let verbose = String::from_utf8(verbose.stdout)?;
        let host = verbose.lines().find_map(|line| line.strip_prefix("host: "));
        Ok(Self {
            program,
            host: host.context("rustc does not say what its host is")?.to_owned(),
            folder: workspace::target()?.join("fuzz"),
        })
    }

    /// Builds one target, or all.
    pub(super) fn build(&self, target: Option<&str>) -> Result<()> {
        let mut command = Command::new(&self.program);
        command.arg("build").args(OPTIONS).arg("--target-dir").arg(&self.folder);
        let status = command.args(target).current_dir(workspace::root()).status()?;
        ensure!(status.success(), "the fuzz targets do not compile");
        Ok(())
    }

    /// Returns a command that runs a target; its arguments are libFuzzer's.
    pub(super) fn command(&self, target: &str) -> Command {
        Command::new(self.folder.join(&self.host).join("release").join(target))
    }
}
