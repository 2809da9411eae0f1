//! `cargo xtask bench`: measures the hot paths and their peers.
//!
//! It is not part of `cargo xtask test`, because a time is not a requirement. The name of a bench determines its kind:
//! `NAME_instructions` counts instructions under valgrind with gungraun, and its results repeat exactly; all others
//! measure time with divan.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::{Metadata, MetadataCommand, Package, TargetKind};
use console::style;

use crate::{ui, workspace};

/// The suffix of the names of benches that count instructions.
const INSTRUCTIONS: &str = "_instructions";
/// The program that runs these benches under valgrind. Its version must be the library's.
const RUNNER: &str = "gungraun-runner";
/// The library's own variable with the path of an installed runner.
const RUNNER_VARIABLE: &str = "GUNGRAUN_RUNNER";

/// Runs the benches whose name or package name contains one of `names`, or all benches if `names` is empty.
pub(crate) fn run(names: &[String]) -> Result<()> {
    let metadata = MetadataCommand::new()
        .current_dir(workspace::root())
        .exec()
        .context("cargo cannot read the workspace")?;
    let packages = metadata.workspace_packages();
    let groups = packages.iter().map(|package| Group::of(package, names));
    let chosen: Vec<_> = groups.filter(|group| !group.is_empty()).collect();
    if chosen.is_empty() {
        bail!("no bench or package with benches matches {}", names.join(" or "));
    }
    let runner = if chosen.iter().any(|group| !group.instructions.is_empty()) {
        Some(runner(&metadata)?)
    } else {
        None
    };
    let mut skipped = Vec::new();
    for group in &chosen {
        group.bench("time", &group.times, None)?;
        match &runner {
            Some(Runner::At(path)) => group.bench("instructions", &group.instructions, Some(path))?,
            Some(Runner::Absent(why)) if !group.instructions.is_empty() => {
                skipped.push(format!("{}: {} ({why})", group.package, group.instructions.join(", ")));
            }
            _ => {}
        }
    }
    if !skipped.is_empty() {
        ui::heading("Skipped");
        for line in skipped {
            println!("{line}");
        }
    }
    Ok(())
}

/// The benches of a package.
struct Group<'a> {
    package: &'a str,
    times: Vec<&'a str>,
    instructions: Vec<&'a str>,
}

impl<'a> Group<'a> {
    fn of(package: &'a Package, names: &[String]) -> Self {
        let is_named = |text: &str| names.is_empty() || names.iter().any(|name| text.contains(name.as_str()));
        let benches = package
            .targets
            .iter()
            .filter(|target| target.kind.contains(&TargetKind::Bench));
        let (instructions, times) = benches
            .map(|target| target.name.as_str())
            .filter(|bench| is_named(bench) || is_named(&package.name))
            .partition(|name| name.ends_with(INSTRUCTIONS));
        Self {
            package: &package.name,
            times,
            instructions,
        }
    }

    fn is_empty(&self) -> bool {
        self.times.is_empty() && self.instructions.is_empty()
    }

    fn bench(&self, what: &str, benches: &[&str], runner: Option<&PathBuf>) -> Result<()> {
        if benches.is_empty() {
            return Ok(());
        }
        ui::heading(&format!("{}: {what}", self.package));
        let mut arguments = vec!["bench", "--package", self.package, "--all-features"];
        arguments.extend(benches.iter().flat_map(|bench| ["--bench", bench]));
        println!("{}", style(format!("$ cargo {}", arguments.join(" "))).dim());
        let mut command = workspace::cargo(&arguments);
        command.envs(runner.map(|path| (RUNNER_VARIABLE, path)));
        let status = command.status().context("cargo cannot be started")?;
        ensure!(
            status.success(),
            "the benches of {} failed ({status}); to run only these: cargo xtask bench {}",
            self.package,
            benches.join(" ")
        );
        Ok(())
    }
}

/// The tools that count instructions.
enum Runner {
    At(PathBuf),
    Absent(&'static str),
}

/// Returns the runner, and installs it under `target/tools` if needed.
#[allow(clippy::disallowed_methods)] // a program reads its own environment
fn runner(metadata: &Metadata) -> Result<Runner> {
    let valgrind = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status();
    if !valgrind.is_ok_and(|status| status.success()) {
        return Ok(Runner::Absent(
            "valgrind is not on the PATH; install it with your system's package manager",
        ));
    }
    if let Some(own) = std::env::var_os(RUNNER_VARIABLE) {
        return Ok(Runner::At(own.into()));
    }
    let library = metadata.packages.iter().find(|package| package.name == "gungraun");
    let version = library.context("no package depends on gungraun")?.version.to_string();
    let folder = workspace::target()?.join("tools");
    // Cargo's list of the programs that it has installed there.
    let installed = std::fs::read_to_string(folder.join(".crates.toml")).unwrap_or_default();
    if !installed.contains(&format!("\"{RUNNER} {version} ")) {
        ui::task(format!("Installing {RUNNER} {version} under target/tools"), || {
            let mut command = workspace::cargo(&["install", "--debug", "--locked", RUNNER, "--version", &version]);
            let output = command.arg("--root").arg(&folder).output()?;
            ensure!(
                output.status.success(),
                "{RUNNER} cannot be installed:\n{}",
                String::from_utf8_lossy(&output.stderr)
            );
            Ok(())
        })?;
    }
    Ok(Runner::At(folder.join("bin").join(RUNNER)))
}
