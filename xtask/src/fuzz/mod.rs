//! `cargo xtask fuzz`: runs the fuzz targets in `fuzz/`, and prints what they found.

mod tool;
mod trial;

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use self::tool::Tool;
use self::trial::Trial;
use crate::{ui, workspace};

/// What to fuzz, and how long.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The target, a file in `fuzz/fuzz_targets` [default: all, one after the other]
    target: Option<String>,
    /// How many seconds each target runs
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u64,
    /// Run the target once for each of these files or folders instead, such as one that an earlier run found
    #[arg(long, value_name = "PATH", num_args = 1.., requires = "target")]
    input: Vec<PathBuf>,
}

/// Runs the targets.
///
/// # Errors
///
/// Returns an error if a target found something, does not compile or is unknown.
pub(crate) fn run(options: &Options) -> Result<()> {
    let all = targets()?;
    let chosen = match &options.target {
        None => all,
        Some(target) if all.contains(target) => vec![target.clone()],
        Some(target) => bail!("there is no fuzz target {target:?}; there are: {}", all.join(", ")),
    };
    let tool = Tool::installed()?;
    tool.build(options.target.as_deref())?;
    if let (false, [target]) = (options.input.is_empty(), &*chosen) {
        let status = tool.command(target).args(&options.input).status()?;
        ensure!(status.success(), "the target {target} failed ({status})");
        return Ok(());
    }
    let mut trials = Vec::new();
    for target in chosen {
        let text = format!("Fuzzing {target} for {} seconds", options.seconds);
        trials.push(ui::task(text, || Trial::run(&tool, target, options.seconds))?);
    }
    ui::heading("Fuzz targets");
    println!("{}", Trial::HEADING);
    for trial in &trials {
        println!("{trial}");
    }
    let failed: Vec<_> = trials.iter().filter(|trial| !trial.found.is_empty()).collect();
    for trial in &failed {
        for input in &trial.found {
            println!(
                "to run it again: cargo xtask fuzz {} --input {}",
                trial.target,
                input.display()
            );
        }
    }
    ensure!(failed.is_empty(), "{} targets found something", failed.len());
    Ok(())
}

/// Returns a command that checks the targets with Clippy, so that a change of an API does not break them unseen.
pub(crate) fn clippy() -> Result<Command> {
    let mut command = workspace::cargo(&[
        "clippy",
        "--locked",
        "--manifest-path",
        "fuzz/Cargo.toml",
        "--target-dir",
    ]);
    command.arg(workspace::target()?).args(["--", "--deny", "warnings"]);
    Ok(command)
}

/// Returns the names of the targets, in order.
fn targets() -> Result<Vec<String>> {
    let folder = workspace::root().join("fuzz/fuzz_targets");
    let mut targets = Vec::new();
    for file in std::fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let path = file?.path();
        targets.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
    }
    targets.sort();
    Ok(targets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_target_is_in_the_manifest_and_has_seeds() {
        let folder = workspace::root().join("fuzz");
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let targets = targets().unwrap();
        for target in &targets {
            assert!(
                manifest.contains(&format!("path = \"fuzz_targets/{target}.rs\"")),
                "{target}"
            );
            let seeds = std::fs::read_dir(folder.join("corpus").join(target)).unwrap().count();
            assert!((1..20).contains(&seeds), "{target} has {seeds} seeds");
        }
        assert_eq!(manifest.matches("[[bin]]").count(), targets.len());
    }
}
