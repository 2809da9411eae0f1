//! The step [`run`]: a function that `cargo auditable` builds has the list of its dependencies.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::{tools, ui, workspace};

/// The version of cargo-auditable that is installed; the workflows of the templates install the same.
const CARGO_AUDITABLE: &str = "0.7.7";

/// The version of the reader of these lists that is installed.
const RUST_AUDIT_INFO: &str = "0.5.4";

/// The list, as `rust-audit-info` prints it.
#[derive(Deserialize)]
struct List {
    packages: Vec<Package>,
}

#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Package {
    name: String,
    version: String,
}

/// The function: the smallest one, because each of the examples compiles several SDKs.
const PROGRAM: &str = "one-parameter";

/// Builds a function with the profile of the examples, and compares its list with the lock file.
pub(super) fn run() -> Result<()> {
    let auditable = tools::installed("cargo-auditable", CARGO_AUDITABLE)?;
    let reader = tools::installed("rust-audit-info", RUST_AUDIT_INFO)?;
    ui::task("Building a function with cargo auditable", || {
        let arguments = ["auditable", "build", "--quiet", "--locked", "--package", PROGRAM];
        let mut command = Command::new(&auditable);
        // Stripped, like the examples; the list must survive it.
        let command = command
            .args(arguments)
            .args(["--profile", "functions", "--features", "secrets-extension"]);
        let status = command.current_dir(workspace::root()).status()?;
        ensure!(status.success(), "the function does not build ({status})");
        Ok(())
    })?;
    let program = workspace::target()?.join("functions").join(PROGRAM);
    let listed = list(&reader, &program)?.context("the function has no list of its dependencies")?;
    let locked = locked()?;
    for package in &listed {
        ensure!(
            locked.contains(package),
            "the function lists {} {}, which is not in Cargo.lock",
            package.name,
            package.version
        );
    }
    for (name, is_in_it) in [
        ("powertools-lambda-core", true),
        ("powertools-lambda-parameters", true),
        ("moka", true),
        // Dependencies of the tests, of the models, and of other programs. Clients of the SDK are listed, because a dependency
        // has the features that any package of the workspace enables.
        ("proptest", false),
        ("shuttle", false),
        ("axum", false),
    ] {
        ensure!(
            listed.iter().any(|package| package.name == name) == is_in_it,
            "the function's list is wrong about {name}"
        );
    }
    // This program was built without a list; a reader that finds one in it would find one in any program.
    if list(&reader, &std::env::current_exe()?)?.is_some() {
        bail!("a program that was built without cargo auditable has a list");
    }
    println!("the function lists {} packages of Cargo.lock", listed.len());
    Ok(())
}

/// Returns the list of a program, if it has one.
fn list(reader: &Path, program: &Path) -> Result<Option<BTreeSet<Package>>> {
    let output = Command::new(reader).arg(program).stderr(Stdio::piped()).output()?;
    if !output.status.success() {
        return Ok(None);
    }
    let list: List = serde_json::from_slice(&output.stdout)?;
    Ok(Some(list.packages.into_iter().collect()))
}

/// Returns the packages of the lock file.
fn locked() -> Result<BTreeSet<Package>> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .current_dir(workspace::root())
        .other_options(vec!["--locked".to_owned()])
        .exec()?;
    let packages = metadata.packages.into_iter().map(|package| Package {
        name: package.name.to_string(),
        version: package.version.to_string(),
    });
    Ok(packages.collect())
}
