//! `Runner`, the program that runs benches under valgrind.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::Metadata;

use crate::{ui, workspace};

/// The program's package. Its version must be the library's.
const RUNNER: &str = "gungraun-runner";
/// The library's own variable with the path of an installed runner.
pub(crate) const VARIABLE: &str = "GUNGRAUN_RUNNER";

/// The tools that count instructions.
pub(crate) enum Runner {
    At(PathBuf),
    Absent(&'static str),
}

impl Runner {
    /// Returns the runner, and installs it under `target/tools` if needed.
    #[allow(clippy::disallowed_methods)] // a program reads its own environment
    pub(crate) fn find(metadata: &Metadata) -> Result<Self> {
        let valgrind = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status();
        if !valgrind.is_ok_and(|status| status.success()) {
            return Ok(Self::Absent(
                "valgrind is not on the PATH; install it with your system's package manager",
            ));
        }
        if let Some(own) = std::env::var_os(VARIABLE) {
            return Ok(Self::At(own.into()));
        }
        let library = metadata.packages.iter().find(|package| package.name == "gungraun");
        let version = library.context("no package depends on gungraun")?.version.to_string();
        let folder = workspace::target()?.join("tools");
        // Cargo's list of the programs that it has installed there.
        let installed = std::fs::read_to_string(folder.join(".crates.toml")).unwrap_or_default();
        if !installed.contains(&format!("\"{RUNNER} {version} ")) {
            install(&version, &folder)?;
        }
        Ok(Self::At(folder.join("bin").join(RUNNER)))
    }

    /// Returns the path of the runner.
    ///
    /// # Errors
    ///
    /// Returns an error if instructions cannot be counted on this machine.
    pub(crate) fn required(self) -> Result<PathBuf> {
        match self {
            Self::At(path) => Ok(path),
            Self::Absent(why) => bail!("instructions cannot be counted: {why}"),
        }
    }

    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::At(path) => Some(path),
            Self::Absent(_) => None,
        }
    }
}

fn install(version: &str, folder: &Path) -> Result<()> {
    ui::task(format!("Installing {RUNNER} {version} under target/tools"), || {
        let mut command = workspace::cargo(&["install", "--debug", "--locked", RUNNER, "--version", version]);
        let output = command.arg("--root").arg(folder).output()?;
        ensure!(
            output.status.success(),
            "{RUNNER} cannot be installed:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    })
}
