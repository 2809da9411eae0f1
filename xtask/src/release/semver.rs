//! [`check`]: `cargo semver-checks` against the last tags, installed on demand.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::bump::admits;
use super::changelog::BREAKING;
use super::git::tag;
use super::plan::{Plan, Step};
use crate::{ui, workspace};

/// Reads rustdoc's JSON as Rust 1.95 writes it. A newer Rust needs a newer version.
const VERSION: &str = "0.51.0";

/// Refuses a plan in which the bump of a crate is smaller than its API requires. Only a crate with a tag can be compared,
/// and a breaking bump allows everything.
pub(super) fn check(plan: &Plan) -> Result<()> {
    let steps: Vec<_> = plan.steps.iter().filter_map(arguments).collect();
    if steps.is_empty() {
        return Ok(());
    }
    let program = install()?;
    for (step, arguments) in steps {
        let (name, changelog) = (&step.name, format!("{}/CHANGELOG.md", step.folder));
        ui::task(format!("Comparing the API of {name} with its last version"), || {
            let output = Command::new(&program)
                .args(&arguments)
                .current_dir(workspace::root())
                .output()
                .context("cargo-semver-checks cannot be started")?;
            if !output.status.success() {
                bail!(
                    "{name}: cargo-semver-checks says that the bump is too small; begin the entry of {changelog} with \
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
fn arguments(step: &Step) -> Option<(&Step, Vec<String>)> {
    let from = step.from.as_ref()?;
    if !admits(from, &step.to) {
        return None;
    }
    let tag = tag(&step.name, from);
    let mut arguments = vec![
        "semver-checks",
        "check-release",
        "--package",
        &step.name,
        "--baseline-rev",
        &tag,
    ];
    // A prepared crate already has its version in the manifest.
    if let Some(bump) = step.bump {
        arguments.extend(["--release-type", bump.release_type()]);
    }
    Some((step, arguments.into_iter().map(str::to_owned).collect()))
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
        // Its manifest asks for a fat LTO, which takes longer than all its checks of this workspace.
        .envs([("CARGO_PROFILE_RELEASE_LTO", "off"), ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")])
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
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

    use super::super::bump::Bump;
    use super::*;

    #[test]
    fn a_crate_is_compared_with_its_last_tag() {
        let step = |from, to, bump: Option<Bump>| Step {
            name: "core".to_owned(),
            folder: "crates/core".to_owned(),
            from,
            to,
            bump,
            prepared: bump.is_none(),
            reasons: Vec::new(),
            pulled_by: Vec::new(),
        };
        let last = || Some(Version::new(0, 1, 0));
        let (patch, minor) = (Version::new(0, 1, 1), Version::new(0, 2, 0));
        for (step, expected) in [
            (step(None, patch.clone(), None), None),
            (step(last(), minor.clone(), Some(Bump::Breaking)), None),
            (step(last(), minor, None), None),
            (
                step(last(), patch.clone(), Some(Bump::Minor)),
                Some("--baseline-rev core-v0.1.0 --release-type minor"),
            ),
            (
                step(last(), patch, None),
                Some("--package core --baseline-rev core-v0.1.0"),
            ),
        ] {
            let arguments = arguments(&step).map(|(_, arguments)| arguments.join(" "));
            match expected {
                Some(end) => assert!(
                    arguments.as_ref().is_some_and(|text| text.ends_with(end)),
                    "{arguments:?}"
                ),
                None => assert_eq!(arguments, None),
            }
        }
    }
}
