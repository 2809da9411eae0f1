//! Suites: releases to the suite's own registry, as a maintainer makes them, and a new project that uses what they published; and
//! what cargo-semver-checks refuses, which runs only on request because it is installed first.
//!
//! The first release builds each crate from its tarball, which is most of what the suite costs. The other rounds publish
//! without that; the new project builds what they published.

mod project;
mod refusals;
mod registry;
mod scene;
mod semver;
pub(super) mod templates;
mod traffic;
mod upstream;

use anyhow::{Context, Result, ensure};

use self::scene::{CORE, FAST, LOGGER, Scene, both};
use crate::ui;

pub(super) fn run() -> Result<()> {
    let scene = ui::task("Copying the repository, and starting a registry", Scene::set_up)?;
    ui::task("Refusing what cannot be released", || refusals::run(&scene))?;
    ui::task("Releasing every crate, with a failure in the middle", || first(&scene))?;
    ui::task("Releasing a patch of the logger", || patch(&scene))?;
    ui::task("Releasing a breaking change of core", || breaking(&scene))?;
    ui::task("Building a new project, and running its tests", || project::run(&scene))?;
    ui::task("Compiling a program with two cores", || project::two_cores(&scene))?;
    scene.check_only_reads_left()
}

/// Compares the API of a crate with its last tag.
pub(super) fn run_semver_checks() -> Result<()> {
    let scene = ui::task("Copying the repository, and starting a registry", Scene::set_up)?;
    ui::task("Refusing what cargo-semver-checks finds", || semver::run(&scene))?;
    scene.check_only_reads_left()
}

fn first(scene: &Scene) -> Result<()> {
    let plan = scene.release(&[FAST])?;
    let crates = scene.crates()?;
    for (name, _, version) in &crates {
        let line = plan
            .lines()
            .find(|line| line.trim_start().starts_with(&format!("{name} ")));
        let line = line.with_context(|| format!("the plan has no {name}:\n{plan}"))?;
        ensure!(line.contains(&format!("new → {version}")), "{line}");
    }
    if plan.contains("Next: cargo xtask release prepare") {
        scene.expect_refusal(&["--execute", FAST], &["run `cargo xtask release prepare`"])?;
        scene.release(&["prepare", FAST])?;
    }
    ensure!(
        scene.git(&["status", "--porcelain"])?.is_empty(),
        "prepare left changes behind"
    );

    scene.registry.set_broken(LOGGER, true);
    let failed = scene.try_release(&["--execute", FAST])?;
    ensure!(
        !failed.status.success() && both(&failed).contains("the same command resumes the release"),
        "the failure in the middle does not show:\n{}",
        both(&failed)
    );
    let half = scene.registry.take_published();
    ensure!(
        half.iter().any(|of| of.starts_with(CORE)) && half.len() < crates.len(),
        "the release did not fail in the middle: {half:?}\n{}",
        both(&failed)
    );
    ensure!(scene.git(&["tag"])?.is_empty(), "what failed is tagged");
    scene.registry.set_broken(LOGGER, false);

    // The tarballs name their commit.
    scene.commit("Another commit")?;
    let other = [
        "powertools-lambda-core: the registry local has powertools-lambda-core",
        "with another checksum",
    ];
    scene.expect_refusal(&["--execute", "--no-verify", FAST], &other)?;
    scene.git(&["reset", "--quiet", "--hard", "HEAD~1"])?;

    let resumed = scene.release(&["--execute", "--no-verify", FAST])?;
    ensure!(resumed.contains("is there already"), "{resumed}");
    let mut published = [half, scene.registry.take_published()].concat();
    published.sort();
    let mut expected: Vec<_> = crates
        .iter()
        .map(|(name, _, version)| format!("{name} {version}"))
        .collect();
    expected.sort();
    ensure!(published == expected, "each crate is published once: {published:?}");
    for (name, _, version) in &crates {
        let tag = format!("{name}-v{version}");
        ensure!(scene.git(&["tag"])?.lines().any(|line| line == tag), "{tag} is missing");
    }
    ensure!(
        scene.release(&[FAST])?.contains("No crate changed"),
        "the release is not complete"
    );
    Ok(())
}

fn patch(scene: &Scene) -> Result<()> {
    let before = scene.version(LOGGER)?;
    scene.edit("crates/logger/src/lib.rs", |text| text + "\n// A patch.\n")?;
    scene.edit("crates/metrics/tests/it/main.rs", |text| text + "\n// A test.\n")?;
    scene.commit("Mend a record")?;
    let missing = [
        "powertools-lambda-logger: it changed since",
        "(src/lib.rs), but crates/logger/CHANGELOG.md has no entry; add one below `## [Unreleased]`",
    ];
    scene.expect_refusal(&["prepare", FAST], &missing)?;
    scene.note("logger", "### Fixed\n\n* A record.")?;

    let plan = scene.release(&["prepare", FAST])?;
    let after = scene.version(LOGGER)?;
    ensure!(
        before.minor == after.minor && before.patch + 1 == after.patch,
        "{before} → {after}"
    );
    ensure!(plan.contains("patch: its changelog says so"), "{plan}");
    scene.release(&["--execute", "--no-verify", FAST])?;
    let published = scene.registry.take_published();
    ensure!(
        published == [format!("{LOGGER} {after}")],
        "only the logger is published: {published:?}"
    );
    Ok(())
}

fn breaking(scene: &Scene) -> Result<()> {
    let before = scene.crates()?;
    scene.edit("crates/core/src/lib.rs", |text| text + "\n// A breaking change.\n")?;
    scene.edit("crates/core/api.txt", |text| {
        text.split_once('\n')
            .map(|(_, rest)| rest.to_owned())
            .unwrap_or_default()
    })?;
    scene.note("core", "### Changed\n\n* A signature.")?;
    let silent = [
        "powertools-lambda-core: it breaks its users",
        "begin one with `**Breaking:**`",
    ];
    scene.expect_refusal(&["prepare", FAST], &silent)?;
    scene.edit("crates/core/CHANGELOG.md", |text| {
        text.replace("* A signature.", "* **Breaking:** A signature.")
    })?;
    scene.commit("Say that it breaks")?;

    scene.release(&["prepare", FAST])?;
    let after = scene.crates()?;
    for ((name, folder, old), (_, _, new)) in before.iter().zip(&after) {
        let moved = if old.major == 0 {
            new.minor > old.minor
        } else {
            new.major > old.major
        };
        ensure!(moved, "a breaking core moves every crate: {name} {old} → {new}");
        if name != CORE {
            let changelog = std::fs::read_to_string(scene.repository().join(folder).join("CHANGELOG.md"))?;
            let moved_by = format!("{CORE} {}", scene.version(CORE)?);
            ensure!(
                changelog
                    .lines()
                    .any(|line| line.starts_with("* Requires ") && line.contains(&moved_by)),
                "the changelog of {name} does not say what moved it:\n{changelog}"
            );
        }
    }
    scene.release(&["--execute", "--no-verify", FAST])?;
    let published = scene.registry.take_published();
    ensure!(
        published.len() == after.len(),
        "every crate is published: {published:?}"
    );
    Ok(())
}
