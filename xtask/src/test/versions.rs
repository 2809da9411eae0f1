//! The steps [`rust`] and [`dependencies`]: the published crates with the lowest versions that their manifests promise.

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::docs::packages;
use crate::{ui, workspace};

/// Compiles each published crate with the Rust version of its manifest, which rustup installs.
pub(super) fn rust() -> Result<()> {
    let metadata = workspace::metadata()?;
    let mut crates: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for package in workspace::published(&metadata) {
        let version = package.rust_version.as_ref();
        let version = version.with_context(|| format!("{} has no `rust-version`", package.name))?;
        crates.entry(version.to_string()).or_default().push(&package.name);
    }
    for (version, names) in crates {
        let install = [
            "toolchain",
            "install",
            &version,
            "--profile",
            "minimal",
            "--no-self-update",
        ];
        ui::task(format!("Installing Rust {version}"), || succeed(rustup().args(install)))?;
        for name in names {
            ui::task(format!("Compiling {name} with Rust {version}"), || {
                let check = [
                    "check",
                    "--locked",
                    "--all-features",
                    "--quiet",
                    "--package",
                    name.as_str(),
                ];
                succeed(rustup().args(["run", &version, "cargo"]).args(check))
            })?;
        }
    }
    Ok(())
}

/// Compiles the published crates with the lowest versions of their dependencies.
///
/// Each crate is resolved as for its users: from its package, without the versions in the repository's `Cargo.lock`.
pub(super) fn dependencies() -> Result<()> {
    let folder = workspace::target()?.join("lowest-versions");
    ui::task("Packaging the crates", || packages::unpack(&folder, true))?;
    let target = workspace::target()?;
    let cargo = |arguments: &[&str]| {
        let mut command = workspace::cargo(arguments);
        command
            .current_dir(&folder)
            .env("CARGO_TARGET_DIR", &folder)
            .env("CARGO_BUILD_BUILD_DIR", &target);
        command
    };
    ui::task("Choosing the lowest versions", || {
        // Unstable, and only to resolve: nothing is compiled with it.
        let mut update = cargo(&["update", "--quiet", "-Zdirect-minimal-versions"]);
        succeed(update.env("RUSTC_BOOTSTRAP", "1"))
    })?;
    ui::task("Compiling the crates", || {
        succeed(&mut cargo(&[
            "check",
            "--quiet",
            "--workspace",
            "--all-features",
            "--lib",
        ]))
    })
}

/// Returns a call of rustup in the workspace's root.
fn rustup() -> Command {
    let mut command = Command::new("rustup");
    command.current_dir(workspace::root());
    command
}

fn succeed(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("{name} cannot be started"))?;
    let text = [output.stdout, output.stderr].concat();
    ensure!(
        output.status.success(),
        "{name} failed:\n{}",
        String::from_utf8_lossy(&text)
    );
    Ok(())
}
