//! Folders of the workspace, and calls of `cargo`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

/// Returns the workspace's root folder.
pub(crate) fn root() -> PathBuf {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map_or_else(|| manifest.clone(), PathBuf::from)
}

/// Returns the target folder, for builds and downloads.
pub(crate) fn target() -> Result<PathBuf> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .current_dir(root())
        .no_deps()
        .exec();
    Ok(metadata
        .context("cargo cannot read the workspace")?
        .target_directory
        .into())
}

/// Returns a command for the `cargo` that runs this program, in the workspace's root.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    command
}
