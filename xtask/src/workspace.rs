//! Folders of the workspace, and calls of `cargo`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use cargo_metadata::{Metadata, Package};

/// Returns the workspace's root folder.
pub(crate) fn root() -> PathBuf {
    // Cargo says where the package is that it runs, because this program may have been built for another clone.
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let manifest = PathBuf::from(manifest);
    manifest.parent().map_or_else(|| manifest.clone(), PathBuf::from)
}

/// Returns what cargo knows about the workspace's packages, without their dependencies.
pub(crate) fn metadata() -> Result<Metadata> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .current_dir(root())
        .no_deps()
        .exec();
    metadata.context("cargo cannot read the workspace")
}

/// Returns the packages that are published.
pub(crate) fn published(metadata: &Metadata) -> Vec<&Package> {
    metadata
        .workspace_packages()
        .into_iter()
        .filter(|package| package.publish.is_none())
        .collect()
}

/// Returns the name of a package's library in code.
pub(crate) fn library(package: &Package) -> String {
    package.name.replace('-', "_")
}

/// Returns the target folder, for builds and downloads.
pub(crate) fn target() -> Result<PathBuf> {
    Ok(metadata()?.target_directory.into())
}

/// Returns a command for the `cargo` that runs this program, in the workspace's root.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    command
}
