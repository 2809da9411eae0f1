//! [`installed`], programs of crates.io that are compiled below `target/tools`.

use std::path::PathBuf;

use anyhow::{Result, ensure};

use crate::{ui, workspace};

/// Returns the path of a program, which has the name of its package, and installs it if this version is not there.
pub(crate) fn installed(package: &str, version: &str) -> Result<PathBuf> {
    let tools = workspace::target()?.join("tools");
    // Cargo's list of the programs that it has installed there.
    let list = std::fs::read_to_string(tools.join(".crates.toml")).unwrap_or_default();
    if !list.contains(&format!("\"{package} {version} ")) {
        ui::task(format!("Installing {package} {version} under target/tools"), || {
            let exactly = format!("{package}@={version}");
            let mut command = workspace::cargo(&["install", "--debug", "--locked", &exactly]);
            let output = command.arg("--root").arg(&tools).output()?;
            let errors = String::from_utf8_lossy(&output.stderr);
            ensure!(output.status.success(), "{package} cannot be installed:\n{errors}");
            Ok(())
        })?;
    }
    Ok(tools.join("bin").join(package))
}
