//! [`check`]: `cargo semver-checks` against the last tags, installed on demand.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::bump::Bump;
use super::changelog::BREAKING;
use super::git::tag;
use super::plan::{Plan, Step};
use crate::{ui, workspace};

/// Reads rustdoc's JSON as Rust 1.95 writes it. A newer Rust needs a newer version.
const VERSION: &str = "0.51.0";

/// Refuses a plan in which the bump of a crate is smaller than its API requires. Only a crate with a tag can be compared,
/// and a breaking bump allows everything.
pub(super) fn check(plan: &Plan) -> Result<()> {
    let steps: Vec<_> = plan.unprepared().into_iter().filter_map(arguments).collect();
    if steps.is_empty() {
        return Ok(());
    }
    let program = install()?;
    for (name, arguments) in steps {
        ui::task(format!("Comparing the API of {name} with its last version"), || {
            let output = Command::new(&program)
                .args(&arguments)
                .current_dir(workspace::root())
                .output()
                .context("cargo-semver-checks cannot be started")?;
            if !output.status.success() {
                bail!(
                    "{name}: cargo-semver-checks says that the bump is too small; begin the entry of its CHANGELOG.md with \
                     `{BREAKING}` if it breaks users, or put it below `### Added` if something is new:\n{}{}",
                    String::from_utf8_lossy(&output.stdout),
                    String::from_utf8_lossy(&output.stderr)
                );
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// Returns the call that checks a step, if there is something to compare.
fn arguments(step: &Step) -> Option<(&str, Vec<String>)> {
    let from = step.from.as_ref()?;
    let bump = step.bump.filter(|bump| *bump < Bump::Breaking)?;
    let arguments = [
        "semver-checks",
        "check-release",
        "--package",
        &step.name,
        "--baseline-rev",
        &tag(&step.name, from),
        "--release-type",
        bump.release_type(),
    ];
    Some((&step.name, arguments.map(str::to_owned).to_vec()))
}

fn install() -> Result<PathBuf> {
    let folder = workspace::target()?.join("tools");
    let program = folder.join("bin").join("cargo-semver-checks");
    let installed = Command::new(&program).args(["semver-checks", "--version"]).output();
    let expected = format!("cargo-semver-checks {VERSION}");
    if installed.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim() == expected) {
        return Ok(program);
    }
    ui::task(format!("Installing {expected} below target/tools"), || {
        let output = workspace::cargo(&[
            "install",
            "cargo-semver-checks",
            "--locked",
            "--quiet",
            "--version",
            VERSION,
        ])
        .arg("--root")
        .arg(&folder)
        .arg("--target-dir")
        .arg(folder.join("build"))
        .output()?;
        if !output.status.success() {
            bail!(
                "{expected} cannot be installed:\n{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(())
    })?;
    Ok(program)
}

#[cfg(test)]
mod tests {
    use cargo_metadata::semver::Version;

    use super::*;

    #[test]
    fn a_crate_is_compared_with_its_last_tag() {
        let step = |from, bump| Step {
            name: "core".to_owned(),
            folder: "crates/core".to_owned(),
            from,
            to: Version::new(0, 1, 1),
            bump,
            prepared: false,
            reasons: Vec::new(),
            pulled_by: Vec::new(),
        };
        let last = Some(Version::new(0, 1, 0));
        assert!(arguments(&step(None, None)).is_none());
        assert!(arguments(&step(last.clone(), Some(Bump::Breaking))).is_none());
        let step = step(last, Some(Bump::Minor));
        let (_, arguments) = arguments(&step).unwrap();
        assert!(
            arguments
                .join(" ")
                .ends_with("--baseline-rev core-v0.1.0 --release-type minor"),
            "{arguments:?}"
        );
    }
}
