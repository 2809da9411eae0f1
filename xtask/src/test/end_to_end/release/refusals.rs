//! [`run`]: each refusal names the crate, the file and what to do, and leaves everything as it was.

use std::os::unix::fs::PermissionsExt;

use anyhow::{Context, Result};

use super::scene::{CORE, FAST, LOGGER, Scene};

pub(super) fn run(scene: &Scene) -> Result<()> {
    repository(scene)?;
    dirty_tree(scene)?;
    changelogs(scene)?;
    registry(scene)?;
    unfinished_commit(scene)
}

fn repository(scene: &Scene) -> Result<()> {
    scene.set_repository("")?;
    scene.commit("Forget the repository")?;
    let unknown = [CORE, LOGGER, "root's Cargo.toml write `repository = \"https://…\"`"];
    for arguments in [&[FAST][..], &["prepare", FAST], &["--execute", FAST]] {
        scene.expect_refusal(arguments, &unknown)?;
    }
    scene.name_repository()
}

fn dirty_tree(scene: &Scene) -> Result<()> {
    let dirty = ["changes that are not committed; commit or stash them", "README.md"];
    scene.edit("README.md", |text| text + "\n")?;
    for arguments in [&[FAST][..], &["prepare", FAST], &["--execute", FAST]] {
        scene.expect_refusal(arguments, &dirty)?;
    }
    let commit = "the release commit is made from a clean tree; commit or stash the changes";
    scene.expect_refusal(&["prepare", "--allow-dirty", FAST], &[commit])?;
    scene.git(&["checkout", "--quiet", "README.md"])?;
    // A file that git does not know would not be in the tarballs of other clones.
    let note = scene.repository().join("note");
    std::fs::write(&note, "")?;
    scene.expect_refusal(&["--execute", FAST], &[dirty[0], "note"])?;
    Ok(std::fs::remove_file(note)?)
}

fn changelogs(scene: &Scene) -> Result<()> {
    let file = "crates/logger/CHANGELOG.md";
    let original = std::fs::read_to_string(scene.repository().join(file))?;
    let empty = "# Changelog\n\n## [Unreleased]\n";
    for (text, says) in [
        (
            "# Changelog\n",
            "it has no section `## [Unreleased]`; add one above the versions",
        ),
        (
            &format!("{empty}\n### Improved\n\n* Keys.\n"),
            "`### Improved` is not a heading of Keep a Changelog; they are",
        ),
        (
            &format!("{empty}\n* Keys.\n"),
            "the entry `Keys.` has no heading; put it below one such as `### Fixed`",
        ),
        (
            empty,
            "it was never released and crates/logger/CHANGELOG.md has no entry; say below `## [Unreleased]`",
        ),
    ] {
        scene.edit(file, |_| text.to_owned())?;
        scene.commit("Break the changelog")?;
        scene.expect_refusal(&["prepare", FAST], &[LOGGER, file, says])?;
    }
    scene.edit(file, |_| original)?;
    scene.commit("Mend the changelog")
}

fn registry(scene: &Scene) -> Result<()> {
    scene.registry.add_foreign(LOGGER, "0.0.1");
    let foreign = [
        "powertools-lambda-logger: the registry local has powertools-lambda-logger 0.0.1",
        "choose another `name` in crates/logger/Cargo.toml",
    ];
    scene.expect_refusal(&["prepare", FAST], &foreign)?;
    scene.registry.forget(LOGGER);

    let itoa = locked(scene, "itoa")?;
    scene.registry.yank("itoa", &itoa)?;
    let yanked = format!("Cargo.lock has itoa {itoa}, which is yanked; run `cargo update --package itoa@{itoa}`");
    scene.expect_refusal(&["prepare", FAST], &[CORE, &yanked])?;
    scene.registry.forget("itoa");
    Ok(())
}

/// A hook of git's refuses the commit when all files are written.
fn unfinished_commit(scene: &Scene) -> Result<()> {
    let hook = scene.repository().join(".git/hooks/pre-commit");
    std::fs::create_dir_all(hook.parent().context("a hook lies in a folder")?)?;
    std::fs::write(&hook, "#!/bin/sh\necho not today >&2\nexit 1\n")?;
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755))?;
    scene.expect_refusal(&["prepare", FAST], &["`git commit` failed", "not today"])?;
    Ok(std::fs::remove_file(hook)?)
}

/// Returns the version of an outside crate in the lock file.
fn locked(scene: &Scene, name: &str) -> Result<String> {
    let text = std::fs::read_to_string(scene.repository().join("Cargo.lock"))?;
    let version = text
        .split_once(&format!("name = \"{name}\"\nversion = \""))
        .map(|(_, rest)| rest);
    let version = version.and_then(|rest| rest.split_once('"'));
    version
        .map(|(version, _)| version.to_owned())
        .with_context(|| format!("Cargo.lock has no {name}"))
}
