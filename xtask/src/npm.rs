//! Packages of npm under `target/`, for tools that are written in TypeScript or wrapped for it.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::{ui, workspace};

/// A set of packages that are installed together.
pub(crate) struct Packages {
    /// Their folder under `target/`.
    pub(crate) folder: &'static str,
    /// Their name.
    pub(crate) about: &'static str,
    /// The `package.json`, all with their versions.
    pub(crate) manifest: &'static str,
    /// A program that they install.
    pub(crate) program: &'static str,
}

impl Packages {
    /// Returns their folder, in which they are installed again if the manifest has changed, or nothing if there is no npm.
    pub(crate) fn install(&self) -> Result<Option<PathBuf>> {
        if Command::new("npm").arg("--version").output().is_err() {
            return Ok(None);
        }
        let folder = workspace::target()?.join(self.folder);
        let manifest = folder.join("package.json");
        let is_installed = std::fs::read_to_string(&manifest).is_ok_and(|installed| installed == self.manifest);
        if is_installed && folder.join("node_modules/.bin").join(self.program).exists() {
            return Ok(Some(folder));
        }
        std::fs::create_dir_all(&folder)?;
        std::fs::write(&manifest, self.manifest)?;
        ui::task(format!("Installing {} from npm (only once)", self.about), || {
            let mut npm = Command::new("npm");
            let arguments = ["install", "--no-audit", "--no-fund", "--ignore-scripts"];
            let output = npm.current_dir(&folder).args(arguments).output();
            let output = output.context("npm cannot be started")?;
            let text = [output.stdout, output.stderr].concat();
            ensure!(
                output.status.success(),
                "npm cannot install the packages:\n{}",
                String::from_utf8_lossy(&text)
            );
            Ok(())
        })?;
        Ok(Some(folder))
    }
}
