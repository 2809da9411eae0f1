//! `cargo xtask compile-cost`: measures what a function costs to compile, in crates, seconds and bytes: with each store of
//! parameters, and with logs, metrics and traces.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::workspace;

/// A function that is built with some of its features.
struct Set {
    /// The name of its row.
    name: &'static str,
    function: &'static str,
    features: &'static str,
    /// The row on top of which it is built.
    below: Option<&'static str>,
}

static SETS: [Set; 11] = [
    parameters("lambda_runtime", "", None),
    parameters("parameters", "parameters", Some("lambda_runtime")),
    parameters("secrets-extension", "secrets-extension", Some("parameters")),
    parameters("appconfig-agent", "appconfig-agent", Some("parameters")),
    parameters("sdk", "sdk", Some("parameters")),
    parameters("appconfig", "appconfig", Some("sdk")),
    parameters("secrets", "secrets", Some("sdk")),
    parameters("dynamodb", "dynamodb", Some("sdk")),
    parameters("ssm", "ssm", Some("sdk")),
    telemetry("default-subscriber"),
    telemetry("toolkit"),
];

const fn parameters(name: &'static str, features: &'static str, below: Option<&'static str>) -> Set {
    Set {
        name,
        function: "one-parameter",
        features,
        below,
    }
}

/// A whole function, so that the two can be compared: neither has all crates of the other.
const fn telemetry(features: &'static str) -> Set {
    Set {
        name: features,
        function: "logs-metrics-traces",
        features,
        below: None,
    }
}

/// Cargo's default release profile, which most functions use; symbols are stripped. With the workspace's LTO, each row would
/// include the time to optimise the whole program again.
const PROFILE: [(&str, &str); 2] = [
    ("CARGO_PROFILE_RELEASE_LTO", "false"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
];

/// The cost of a set.
struct Cost {
    crates: usize,
    /// The build's CPU seconds of user code, which depend less on other programs than the elapsed time.
    seconds: f64,
    /// The size of the program, without symbols.
    mebibytes: f64,
}

/// Builds each function with its features in release mode, and prints the difference from the row on which it is based, if there is one.
///
/// A set is built in the target folder of that row, so its seconds are those of the crates that it adds and of the
/// crates for which it enables more features, including the parameters crate itself. The function alone is then built
/// again, and that time is subtracted.
///
/// # Errors
///
/// Returns an error if a row is unknown or does not compile.
pub(crate) fn run(rows: &[String]) -> Result<()> {
    let chosen = chosen(rows)?;
    let folder = workspace::target()?.join("compile-cost");
    remove(&folder)?;
    std::fs::create_dir_all(&folder)?;
    let measured = measure(&folder, &chosen);
    remove(&folder)?;
    measured
}

/// Returns the rows of these names and those that they are based on, or all if there is no name.
fn chosen(names: &[String]) -> Result<Vec<&'static Set>> {
    if let Some(unknown) = names.iter().find(|name| SETS.iter().all(|set| set.name != **name)) {
        let known: Vec<_> = SETS.iter().map(|set| set.name).collect();
        bail!("there is no row {unknown:?}; there are: {}", known.join(", "));
    }
    let mut needed: BTreeSet<_> = names.iter().map(String::as_str).collect();
    for set in SETS.iter().rev() {
        if needed.contains(set.name) {
            needed.extend(set.below);
        }
    }
    let is_chosen = |set: &&Set| names.is_empty() || needed.contains(set.name);
    Ok(SETS.iter().filter(is_chosen).collect())
}

fn measure(folder: &Path, sets: &[&Set]) -> Result<()> {
    // Always the same folder: if it moved, Cargo would rebuild crates with build scripts.
    let target = folder.join("target");
    let kept = |set: &str| folder.join(format!("kept-{set}"));
    println!("{:18} {:>7} {:>7} {:>9}", "", "crates", "CPU s", "MiB");
    let mut costs: Vec<(&str, Cost)> = Vec::new();
    for set in sets {
        remove(&target)?;
        if let Some(below) = set.below {
            copy(&kept(below), &target)?;
        }
        let cost = build(set, &target)?;
        if sets.iter().any(|other| other.below == Some(set.name)) {
            copy(&target, &kept(set.name))?;
        }
        let under = costs.iter().find(|(costed, _)| Some(*costed) == set.below);
        let (crates, mebibytes) = under.map_or((0, 0.0), |(_, cost)| (cost.crates, cost.mebibytes));
        println!(
            "{:18} {:>7} {:>7.1} {:>9.2}",
            set.name,
            cost.crates - crates,
            cost.seconds,
            cost.mebibytes - mebibytes,
        );
        costs.push((set.name, cost));
    }
    Ok(())
}

fn build(set: &Set, target: &Path) -> Result<Cost> {
    let package = ["--package", set.function, "--features", set.features];
    let timed_build = || {
        let before = seconds_of_children()?;
        cargo("build", &package, target)?;
        Ok::<_, anyhow::Error>(seconds_of_children()? - before)
    };
    let all = timed_build()?;
    cargo("clean", &package[..2], target)?;
    let seconds = all - timed_build()?;
    let program = target.join("release").join(set.function);
    Ok(Cost {
        crates: crates(&package)?,
        seconds,
        mebibytes: mebibytes(std::fs::metadata(program)?.len()),
    })
}

fn cargo(subcommand: &str, arguments: &[&str], target: &Path) -> Result<()> {
    let mut command = workspace::cargo(&[subcommand, "--quiet", "--release", "--target-dir"]);
    let status = command.arg(target).args(arguments).envs(PROFILE).status()?;
    ensure!(
        status.success(),
        "`cargo {subcommand} {}` failed ({status})",
        arguments.join(" ")
    );
    Ok(())
}

/// Copies a folder with its modification times, which Cargo needs to recognize what is built.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let copied = Command::new("cp").arg("-a").arg(from).arg(to).status()?;
    ensure!(copied.success(), "{} cannot be copied", from.display());
    Ok(())
}

/// Returns the number of crates that are compiled in addition to the function itself.
fn crates(package: &[&str]) -> Result<usize> {
    let mut command = workspace::cargo(&["tree", "--edges", "no-dev", "--prefix", "none", "--format", "{p}"]);
    let output = command.args(package).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    let crates: BTreeSet<_> = text.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    Ok(crates.len() - 1)
}

/// Returns the user time of ended child processes and their descendants. Works only on Linux.
fn seconds_of_children() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")
        .context("the CPU time of child processes is available only on Linux")?;
    // In hundredths of a second: the fourteenth field after the program's name, which may contain blanks.
    let fields = stat.rsplit(") ").next().unwrap_or_default();
    let hundredths = fields.split(' ').nth(13).and_then(|field| field.parse::<u32>().ok());
    let hundredths = hundredths.context("/proc/self/stat has no time of children")?;
    Ok(f64::from(hundredths) / 100.0)
}

#[allow(clippy::cast_precision_loss)] // a few megabytes
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).with_context(|| format!("{} cannot be removed", folder.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_measured_with_those_that_it_is_based_on() {
        let names = |rows: &[&str]| {
            let rows: Vec<_> = rows.iter().map(|&row| row.to_owned()).collect();
            chosen(&rows).map(|sets| sets.iter().map(|set| set.name).collect::<Vec<_>>())
        };
        assert_eq!(names(&[]).unwrap().len(), SETS.len());
        assert_eq!(names(&["toolkit"]).unwrap(), ["toolkit"]);
        assert_eq!(names(&["ssm"]).unwrap(), ["lambda_runtime", "parameters", "sdk", "ssm"]);
        assert!(names(&["sms"]).unwrap_err().to_string().contains("ssm"));
    }
}
