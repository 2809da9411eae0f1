//! `cargo xtask compile-cost`: what each store of the parameters compiles in, in crates, seconds and bytes.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::workspace;

/// The function that is built, with more and more in it.
const FUNCTION: &str = "one-parameter";

/// Each set of the function's features with that of the row it is built on top of.
const SETS: [(&str, Option<&str>); 9] = [
    ("", None),
    ("parameters", Some("")),
    ("secrets-extension", Some("parameters")),
    ("appconfig-agent", Some("parameters")),
    ("sdk", Some("parameters")),
    ("appconfig", Some("sdk")),
    ("secrets", Some("sdk")),
    ("dynamodb", Some("sdk")),
    ("ssm", Some("sdk")),
];

/// Cargo's own release profile, as most functions have it; symbols are stripped. With the workspace's LTO each row would
/// be the time it takes to optimise the whole program again.
const PROFILE: [(&str, &str); 2] = [
    ("CARGO_PROFILE_RELEASE_LTO", "false"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
];

/// What a set compiles to.
struct Cost {
    crates: usize,
    /// What building it took, in CPU seconds of user code, which other programs lengthen less than the time it took.
    seconds: f64,
    /// The size of the program, without symbols.
    mebibytes: f64,
}

/// Builds the function with each set, in release, and prints what that adds to the row it stands on.
///
/// A set is built in the target folder as that row left it, so its seconds are those of the crates it adds and of the
/// crates that it needs more features of, the parameters' own among them. The function is then built once more alone, and
/// what that took is left out.
pub(crate) fn run() -> Result<()> {
    let folder = workspace::target()?.join("compile-cost");
    remove(&folder)?;
    std::fs::create_dir_all(&folder)?;
    let measured = measure(&folder);
    remove(&folder)?;
    measured
}

fn measure(folder: &Path) -> Result<()> {
    // Always the same one: in a moved folder Cargo builds anew what a build script has written for.
    let target = folder.join("target");
    let kept = |set: &str| folder.join(format!("kept-{set}"));
    println!("{:16} {:>7} {:>7} {:>9}", "", "crates", "CPU s", "MiB");
    let mut costs: Vec<(&str, Cost)> = Vec::new();
    for (set, below) in SETS {
        if let Some(below) = below {
            remove(&target)?;
            copy(&kept(below), &target)?;
        }
        let cost = build(set, &target)?;
        if SETS.iter().any(|(_, below)| *below == Some(set)) {
            copy(&target, &kept(set))?;
        }
        let under = costs.iter().find(|(costed, _)| Some(*costed) == below);
        let (crates, mebibytes) = under.map_or((0, 0.0), |(_, cost)| (cost.crates, cost.mebibytes));
        println!(
            "{:16} {:>7} {:>7.1} {:>9.2}",
            if set.is_empty() { "lambda_runtime" } else { set },
            cost.crates - crates,
            cost.seconds,
            cost.mebibytes - mebibytes,
        );
        costs.push((set, cost));
    }
    Ok(())
}

fn build(features: &str, target: &Path) -> Result<Cost> {
    let package = ["--package", FUNCTION, "--features", features];
    let timed_build = || {
        let before = seconds_of_children()?;
        cargo("build", &package, target)?;
        Ok::<_, anyhow::Error>(seconds_of_children()? - before)
    };
    let all = timed_build()?;
    cargo("clean", &package[..2], target)?;
    let seconds = all - timed_build()?;
    let program = target.join("release").join(FUNCTION);
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

/// Copies a folder with its times, by which Cargo tells what is built.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let copied = Command::new("cp").arg("-a").arg(from).arg(to).status()?;
    ensure!(copied.success(), "{} cannot be copied", from.display());
    Ok(())
}

/// Returns how many crates are compiled beside the function itself.
fn crates(package: &[&str]) -> Result<usize> {
    let mut command = workspace::cargo(&["tree", "--edges", "no-dev", "--prefix", "none", "--format", "{p}"]);
    let output = command.args(package).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    let crates: BTreeSet<_> = text.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    Ok(crates.len() - 1)
}

/// Returns the user time of our children, and theirs, that have ended. Only Linux tells.
fn seconds_of_children() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").context("only Linux tells what a child has used")?;
    // In hundredths, the fourteenth field behind the program's name, which may have blanks in it.
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
