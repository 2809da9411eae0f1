//! Python environments under `target/`, for tools that are written in Python.

pub(crate) mod axe;

use std::path::PathBuf;
use std::process::{Command, Output};

use anyhow::{Context, Result, bail};

use crate::{ui, workspace};

/// A set of packages that are installed together.
pub(crate) struct Environment {
    /// Its folder under `target/`.
    pub(crate) folder: &'static str,
    /// Its name and size.
    pub(crate) about: &'static str,
    /// All packages with their versions, so that later runs install what was tested.
    pub(crate) requirements: &'static str,
}

/// The oldest Python version that the tools support.
const OLDEST: (u32, u32) = (3, 10);

impl Environment {
    /// Returns the environment's folder, which is created again if the requirements have changed.
    pub(crate) fn install(&self) -> Result<PathBuf> {
        let folder = workspace::target()?.join(self.folder);
        let environment = folder.join("python");
        let stamp = environment.join("requirements.txt");
        if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == self.requirements) {
            return Ok(environment);
        }
        std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be created", folder.display()))?;
        let python = find()?;
        if environment.exists() {
            std::fs::remove_dir_all(&environment).context("the old Python environment cannot be removed")?;
        }
        ui::task(format!("Creating a Python environment with {python}"), || {
            let made = Command::new(&python).args(["-m", "venv"]).arg(&environment).output()?;
            succeed(
                &made,
                "the `venv` module does not work; on Debian and Ubuntu, install the package python3-venv",
            )
        })?;
        ui::task(format!("Installing {} from PyPI (only once)", self.about), || {
            let list = folder.join("requirements.txt");
            std::fs::write(&list, self.requirements)?;
            let pip = Command::new(environment.join("bin/python"))
                .args([
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--no-input",
                    "--disable-pip-version-check",
                ])
                .args(["--no-deps", "-r"])
                .arg(&list)
                .output()?;
            succeed(
                &pip,
                "pip cannot install the packages; it needs the Python package index, or a mirror in PIP_INDEX_URL",
            )
        })?;
        // Written last, so that an interrupted installation is repeated.
        std::fs::write(&stamp, self.requirements)?;
        Ok(environment)
    }
}

/// Returns the name of a Python command that is new enough.
fn find() -> Result<String> {
    let mut seen = Vec::new();
    for name in [
        "python3",
        "python3.14",
        "python3.13",
        "python3.12",
        "python3.11",
        "python3.10",
        "python",
    ] {
        let Ok(output) = Command::new(name).arg("--version").output() else {
            continue;
        };
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        match version(&text) {
            Some(version) if version >= OLDEST => return Ok(name.to_owned()),
            _ => seen.push(format!("{name} is {text}")),
        }
    }
    let (major, minor) = OLDEST;
    let seen = if seen.is_empty() {
        "none found".to_owned()
    } else {
        seen.join(", ")
    };
    bail!(
        "Python {major}.{minor} or later is required on the PATH as `python3` ({seen}); install it with your system's package manager or from python.org"
    )
}

fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.strip_prefix("Python ")?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn succeed(output: &Output, help: &str) -> Result<()> {
    if output.status.success() {
        return Ok(());
    }
    bail!(
        "{help}\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[cfg(test)]
impl Environment {
    /// Returns whether every package has a version.
    pub(crate) fn is_pinned(&self) -> bool {
        self.requirements.lines().all(|line| {
            line.split_once("==")
                .is_some_and(|(name, version)| !name.is_empty() && !version.is_empty())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_compared_as_numbers() {
        assert!(version("Python 3.9.18").unwrap() < OLDEST);
        assert!(version("Python 3.10.0").unwrap() >= OLDEST);
        assert!(version("Python 3.14.0rc1").unwrap() >= OLDEST);
        assert_eq!(version("command not found"), None);
    }
}
