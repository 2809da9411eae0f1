//! `cargo xtask bench --against`: the same benches in this tree and at another commit, in turns.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use console::style;

use super::comparison::{Both, Pair};
use super::counts;
use super::suite::{self, Bench, Kind, Suite, Tree, shown};
use super::{targets, times};
use crate::{ui, workspace};

/// How many times each bench of times runs in each tree; the median of the medians is printed.
const ROUNDS: usize = 3;

/// Measures the benches at `revision` and here, and prints both with their ratio, and the goals of the rows that have one.
///
/// The commit is checked out and built below `target/against`. It is measured with the benches of this tree, which are copied
/// over its own, so that both run the same code. A bench that does not compile there, because it calls something that the commit
/// does not have, is replaced with the commit's own, and only the paths that both have are compared. A bench that the commit does
/// not have runs only here.
pub(crate) fn run(names: &[String], suite: &Suite, runner: Option<&Path>, revision: &str) -> Result<()> {
    let (here, there) = (Tree::here()?, check_out(revision)?);
    // The suite of the commit, whose manifests decide what is built there.
    let its_suite = Suite::of(&suite::metadata_of(&there.root)?, names)?;
    let common = |bench: &&Bench| suite.has(bench);
    let its_benches: Vec<_> = its_suite.all().filter(common).collect();
    ensure!(!its_benches.is_empty(), "{revision} has none of these benches");
    let mut kinds = vec![Kind::Time];
    kinds.extend(runner.is_some().then_some(Kind::Instructions));
    let all: Vec<_> = suite.all().filter(|bench| kinds.contains(&bench.kind)).collect();
    let its_benches: Vec<_> = its_benches
        .into_iter()
        .filter(|bench| kinds.contains(&bench.kind))
        .collect();
    seed(&here, &there, &all)?;
    build(&here, &all)?;
    borrow_benches(&there, &its_benches, revision)?;
    let mut results = Both::new();
    if let Some(runner) = runner {
        for (tree, benches, is_here) in [(&there, &its_benches, false), (&here, &all, true)] {
            for (bench, paths) in counts::count(tree, benches, &of_kind(benches, Kind::Instructions), runner)? {
                for (path, count) in paths {
                    #[allow(clippy::cast_precision_loss)] // far below 2^52
                    put(&mut results, format!("{bench}::{path}"), is_here, count as f64);
                }
            }
        }
    }
    for bench in of_kind(&all, Kind::Time) {
        let its_bench = its_benches.iter().copied().find(|other| other.is_same(bench));
        let in_there = its_bench.map(|its_bench| (&there, &*its_benches, its_bench));
        time(&mut results, (&here, &all, bench), in_there)?;
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

/// A bench in a tree, and the benches that were built there together.
type InTree<'a> = (&'a Tree, &'a [&'a Bench], &'a Bench);

/// Runs a bench of times in both trees in turns, so that other load on the machine affects both.
fn time(results: &mut Both, here: InTree<'_>, there: Option<InTree<'_>>) -> Result<()> {
    let mut runs: BTreeMap<(String, bool), Vec<f64>> = BTreeMap::new();
    let (.., bench) = here;
    for _ in 0..ROUNDS {
        let trees = there.map(|there| (there, false));
        for ((tree, built, bench), is_here) in trees.into_iter().chain([(here, true)]) {
            let mut command = tree.bench_built(built, &[bench]);
            let output = command.stderr(Stdio::null()).output()?;
            let printed = String::from_utf8_lossy(&output.stdout);
            let medians = times::medians(&printed);
            if medians.is_empty() {
                // Each tree has a separate table.
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
        // The list is from here, because the other commit may not have all of them.
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

/// Copies the benches of this tree over those of another and builds them; restores those that do not compile there.
fn borrow_benches(there: &Tree, benches: &[&Bench], revision: &str) -> Result<()> {
    let root = workspace::root();
    let mut folders: Vec<_> = benches.iter().map(|bench| bench.folder.as_path()).collect();
    folders.sort_unstable();
    folders.dedup();
    for folder in folders {
        // Only sources are copied: the dependencies stay those of the commit.
        let parent = there.root.join(folder);
        let parent = parent.parent().context("a folder without a parent")?;
        let done = Command::new("cp")
            .arg("-r")
            .arg(root.join(folder))
            .arg(parent)
            .status()?;
        ensure!(done.success(), "{} cannot be copied", folder.display());
    }
    if build(there, benches).is_ok() {
        return Ok(());
    }
    for bench in benches {
        if build(there, &[bench]).is_err() {
            println!(
                "the bench {} does not compile at {revision}; its own is run there",
                bench.name
            );
            for files in sources(&there.root, bench) {
                restore(&there.root, &files)?;
            }
        }
    }
    build(there, benches)
}

/// Returns the files of a bench in a checkout: its file, that of its counterpart, and the folder with their module; or the whole
/// folder of benches, if there is no module of that name.
fn sources(root: &Path, bench: &Bench) -> Vec<PathBuf> {
    let stem = bench.stem();
    let module = bench.folder.join(stem);
    if !root.join(&module).is_dir() {
        return vec![bench.folder.clone()];
    }
    let file = |name: String| bench.folder.join(name);
    vec![
        module,
        file(format!("{stem}.rs")),
        file(format!("{stem}_instructions.rs")),
    ]
}

/// Restores files of a checkout as they are in its commit, without those that the commit does not have.
fn restore(checkout: &Path, files: &Path) -> Result<()> {
    let files = files.to_str().context("the path of a bench is not UTF-8")?;
    git(checkout, &["clean", "--force", "-d", "--quiet", "--", files])?;
    let known = git(checkout, &["ls-files", "--", files])?;
    if !known.is_empty() {
        git(checkout, &["checkout", "--force", "--quiet", "HEAD", "--", files])?;
    }
    Ok(())
}

fn of_kind<'a>(benches: &[&'a Bench], kind: Kind) -> Vec<&'a Bench> {
    benches.iter().copied().filter(|bench| bench.kind == kind).collect()
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
    fn a_bench_is_restored_as_its_commit_has_it_with_its_counterpart() {
        let root = std::env::temp_dir().join(format!("xtask-against-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&root);
        std::fs::create_dir_all(&root).unwrap();
        let root = root.as_path();
        let write = |path: &str, text: &str| {
            std::fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            std::fs::write(root.join(path), text).unwrap();
        };
        let read = |path: &str| std::fs::read_to_string(root.join(path)).ok();
        let files = ["b/one.rs", "b/one_instructions.rs", "b/one/mod.rs", "b/two.rs"];
        for file in files {
            write(file, "its own");
        }
        git(root, &["init", "--quiet"]).unwrap();
        git(root, &["add", "."]).unwrap();
        let author = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
        git(root, &[&author[..], &["commit", "--quiet", "-m", "a"]].concat()).unwrap();
        for file in files {
            write(file, "copied");
        }
        write("b/one/new.rs", "copied");
        let bench = Bench::of("p", "one_instructions", "b");
        for files in sources(root, &bench) {
            restore(root, &files).unwrap();
        }
        let expected = ["its own", "its own", "its own", "copied"].map(|text| Some(text.to_owned()));
        assert_eq!(files.map(read), expected);
        assert_eq!(read("b/one/new.rs"), None);
        std::fs::remove_dir_all(root).unwrap();
        // Without a module of its name, a bench may need any file of the folder.
        assert_eq!(sources(root, &Bench::of("p", "two", "b")), [PathBuf::from("b")]);
    }

    #[test]
    fn a_ratio_needs_both_trees() {
        let pair = |there, here| Pair { there, here };
        assert_eq!(pair(Some(4.0), Some(1.0)).ratio(), Some(0.25));
        assert_eq!(pair(None, Some(1.0)).ratio(), None);
        assert!(row("b::path", pair(None, Some(1.0))).contains('–'));
        assert!(row("b::path", pair(Some(4.0), Some(1.0))).contains("0.25 ×"));
    }
}
