//! `cargo xtask bench --against`: the same benches in this tree and at another commit, in turns.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use console::style;

use super::comparison::{Both, Pair};
use super::counts;
use super::suite::{Bench, Kind, Suite, Tree, shown};
use super::{targets, times};
use crate::{ui, workspace};

/// How many times each bench of times runs in each tree; the median of the medians is printed.
const ROUNDS: usize = 3;

/// Measures the benches at `revision` and here, and prints both with their ratio, and the goals of the rows that have one.
///
/// The commit is checked out and built below `target/against`. It is measured with the benches of this tree, which are copied
/// over its own, so that both run the same code. If they do not compile there, because they call what that commit does not
/// have, its own are run, and only the paths that both have are compared.
pub(crate) fn run(suite: &Suite, runner: Option<&Path>, revision: &str) -> Result<()> {
    let (here, there) = (Tree::here()?, check_out(revision)?);
    let timed = suite.of_kind(Kind::Time);
    let counted = if runner.is_some() {
        suite.of_kind(Kind::Instructions)
    } else {
        Vec::new()
    };
    let all: Vec<_> = timed.iter().chain(&counted).copied().collect();
    seed(&here, &there, &all)?;
    build(&here, &all)?;
    borrow_benches(&there)?;
    if build(&there, &all).is_err() {
        println!("the benches of this tree do not compile at {revision}; its own are run there");
        git(&there.root, &["checkout", "--force", "--quiet", "HEAD"])?;
        build(&there, &all)?;
    }
    let mut results = Both::new();
    if let Some(runner) = runner {
        for (tree, is_here) in [(&there, false), (&here, true)] {
            for (bench, paths) in counts::count(tree, &counted, runner)? {
                for (path, count) in paths {
                    #[allow(clippy::cast_precision_loss)] // far below 2^52
                    put(&mut results, format!("{bench}::{path}"), is_here, count as f64);
                }
            }
        }
    }
    for bench in &timed {
        time(&mut results, bench, &there, &here)?;
    }
    ui::heading(&format!(
        "{revision} and this tree: medians in nanoseconds, and instructions"
    ));
    for (path, pair) in &results {
        println!("{}", row(path, *pair));
    }
    targets::print(&results);
    Ok(())
}

/// Runs a bench of times in both trees in turns, so that other load on the machine affects both.
fn time(results: &mut Both, bench: &Bench, there: &Tree, here: &Tree) -> Result<()> {
    let mut runs: BTreeMap<(String, bool), Vec<f64>> = BTreeMap::new();
    for _ in 0..ROUNDS {
        for (tree, is_here) in [(there, false), (here, true)] {
            let mut command = tree.bench(&[bench]);
            let output = command.stderr(Stdio::null()).output()?;
            let printed = String::from_utf8_lossy(&output.stdout);
            let medians = times::medians(&printed);
            if medians.is_empty() {
                // A table of its own, or a bench that the commit does not have.
                println!("{} {}:\n{printed}", if is_here { "here" } else { "there" }, bench.name);
            }
            for (path, median) in medians {
                runs.entry((path, is_here)).or_default().push(median);
            }
        }
    }
    for ((path, is_here), runs) in runs {
        if let Some(median) = times::median(runs) {
            put(results, format!("{}::{path}", bench.name), is_here, median);
        }
    }
    Ok(())
}

/// Checks a commit out below `target/against`.
fn check_out(revision: &str) -> Result<Tree> {
    let root = workspace::root();
    let commit = git(&root, &["rev-parse", "--verify", &format!("{revision}^{{commit}}")])?;
    let folder = workspace::target()?
        .join("against")
        .join(&commit[..12.min(commit.len())]);
    let checkout = folder.join("checkout");
    if checkout.exists() {
        git(&checkout, &["checkout", "--force", "--quiet", &commit])?;
        git(&checkout, &["clean", "--force", "-d", "--quiet"])?;
    } else {
        let path = checkout
            .to_str()
            .context("the path of the target folder is not UTF-8")?;
        git(&root, &["worktree", "prune"])?;
        git(&root, &["worktree", "add", "--detach", path, &commit])?;
    }
    Ok(Tree {
        root: checkout,
        target: folder.join("target"),
    })
}

/// Starts the other tree's target folder with the dependencies that are built here; its own packages are built again.
fn seed(here: &Tree, there: &Tree, benches: &[&Bench]) -> Result<()> {
    let built = here.target.join("release");
    if there.target.exists() {
        return Ok(());
    }
    build(here, benches)?;
    ui::task("Copying the dependencies that are built", || {
        std::fs::create_dir_all(&there.target)?;
        let copied = Command::new("cp").arg("-a").arg(&built).arg(&there.target).status()?;
        ensure!(copied.success(), "{} cannot be copied", built.display());
        let mut clean = workspace::cargo(&["clean", "--quiet", "--release"]);
        for package in workspace::metadata()?.workspace_packages() {
            clean.args(["--package", &package.name]);
        }
        // From here, because the other commit may not have all of them.
        clean.env("CARGO_TARGET_DIR", &there.target);
        ensure!(clean.status()?.success(), "the copy cannot be cleaned");
        Ok(())
    })
}

fn build(tree: &Tree, benches: &[&Bench]) -> Result<()> {
    let mut command = tree.bench(benches);
    command.arg("--no-run");
    println!("{}", shown(&command));
    let status = command.status().context("cargo cannot be started")?;
    ensure!(
        status.success(),
        "the benches in {} do not compile",
        tree.root.display()
    );
    Ok(())
}

/// Copies the benches of this tree over those of another.
fn borrow_benches(there: &Tree) -> Result<()> {
    let root = workspace::root();
    let mut copied = vec![PathBuf::from("benches")];
    for package in std::fs::read_dir(root.join("crates"))? {
        let benches = Path::new("crates").join(package?.file_name()).join("benches");
        // A crate that the commit does not have cannot be measured there.
        if root.join(&benches).exists() && there.root.join(&benches).exists() {
            copied.push(benches);
        }
    }
    for folder in copied {
        let parent = there.root.join(&folder);
        let parent = parent.parent().context("a folder without a parent")?;
        let done = Command::new("cp")
            .arg("-r")
            .arg(root.join(&folder))
            .arg(parent)
            .status()?;
        ensure!(done.success(), "{} cannot be copied", folder.display());
    }
    Ok(())
}

fn put(results: &mut Both, path: String, is_here: bool, value: f64) {
    let pair = results.entry(path).or_default();
    *(if is_here { &mut pair.here } else { &mut pair.there }) = Some(value);
}

fn row(path: &str, pair: Pair) -> String {
    let cell = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.1}"));
    let ratio = pair
        .ratio()
        .map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2} ×"));
    let row = format!("{path:80} {:>14} {:>14} {ratio:>8}", cell(pair.there), cell(pair.here));
    match pair.ratio() {
        Some(ratio) if ratio > 1.05 => style(row).red().to_string(),
        Some(ratio) if ratio < 0.95 => style(row).green().to_string(),
        _ => row,
    }
}

fn git(folder: &Path, arguments: &[&str]) -> Result<String> {
    let output = Command::new("git").arg("-C").arg(folder).args(arguments).output()?;
    ensure!(
        output.status.success(),
        "git {} failed: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_needs_both_trees() {
        let pair = |there, here| Pair { there, here };
        assert_eq!(pair(Some(4.0), Some(1.0)).ratio(), Some(0.25));
        assert_eq!(pair(None, Some(1.0)).ratio(), None);
        assert!(row("b::path", pair(None, Some(1.0))).contains('–'));
        assert!(row("b::path", pair(Some(4.0), Some(1.0))).contains("0.25 ×"));
    }
}
