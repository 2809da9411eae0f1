//! [`run`]: what cargo-semver-checks finds that the list of names in `api.txt` does not show.

use anyhow::{Context, Result, ensure};

use super::scene::{CORE, FAST, Scene};
use crate::workspace;

/// An enum that users of core may match exhaustively.
const ENUM: &str = "pub enum Sampling {";

pub(super) fn run(scene: &Scene) -> Result<()> {
    share_program(scene)?;
    scene.name_repository()?;
    scene.release(&["prepare", FAST])?;
    // As if it had been published: only the tags say what was.
    for (name, _, version) in scene.crates()? {
        scene.git(&["tag", &format!("{name}-v{version}")])?;
    }

    let file = "crates/core/src/trace_header.rs";
    scene.edit(file, |text| {
        text.replacen(ENUM, &format!("#[non_exhaustive]\n{ENUM}"), 1)
    })?;
    scene.note("core", "### Fixed\n\n* A header.")?;
    let too_small = [
        "powertools-lambda-core: cargo-semver-checks says that the bump is too small",
        "begin the entry of crates/core/CHANGELOG.md with `**Breaking:**`",
        "enum_marked_non_exhaustive",
    ];
    scene.expect_refusal(&["prepare"], &too_small)?;

    scene.edit(file, |text| {
        text.replacen(&format!("#[non_exhaustive]\n{ENUM}"), ENUM, 1) + "\n// Mended.\n"
    })?;
    scene.commit("Leave the enum as it was")?;
    let before = scene.version(CORE)?;
    let plan = scene.release(&["prepare"])?;
    let after = scene.version(CORE)?;
    ensure!(
        before.minor == after.minor && before.patch + 1 == after.patch,
        "a patch is released: {before} → {after}\n{plan}"
    );
    // A prepared version is compared, too.
    scene.release(&[]).map(drop)
}

/// Has the scene use the program of this workspace if it is installed, and install it for both if not.
fn share_program(scene: &Scene) -> Result<()> {
    let tools = workspace::target()?.join("tools");
    std::fs::create_dir_all(&tools)?;
    let of_scene = scene.target().join("tools");
    if !of_scene.exists() {
        std::fs::create_dir_all(scene.target())?;
        std::os::unix::fs::symlink(tools, of_scene).context("target/tools cannot be shared")?;
    }
    Ok(())
}
