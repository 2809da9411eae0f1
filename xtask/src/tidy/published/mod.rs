//! Checks what every published crate must have: metadata, files, a correct `rust-version`, no build script, code for every
//! platform.

mod build;
mod changelog;
mod features;
mod platforms;
mod registry;
mod rust_version;

use anyhow::{Context, Result};
use cargo_metadata::{Metadata, Package};

pub(super) use features::write as write_features;

/// Files in the folder of every published crate.
const FILES: [&str; 3] = ["README.md", "CHANGELOG.md", "LICENSE"];

/// The form for bug reports, which lists the published crates.
const BUG_FORM: &str = ".github/ISSUE_TEMPLATE/bug_report.yml";

/// Checks the published crates among `packages`; `resolved` also has their dependencies.
pub(super) fn check(packages: &[&Package], resolved: &Metadata) -> Result<Vec<String>> {
    let mut problems = rust_version::check(&rust_version::graph(resolved)?);
    for package in packages.iter().filter(|package| package.publish.is_none()) {
        problems.extend(check_one(package, resolved)?);
    }
    Ok(problems)
}

fn check_one(package: &Package, resolved: &Metadata) -> Result<Vec<String>> {
    let folder = package.manifest_path.parent().context("a manifest lies in a folder")?;
    let read = |file: &str| std::fs::read_to_string(folder.join(file)).unwrap_or_default();
    let manifest = std::fs::read_to_string(&package.manifest_path)?;
    let license = std::fs::read_to_string(resolved.workspace_root.join("LICENSE"))?;

    let mut problems = registry::check(package, &manifest);
    let missing = FILES.iter().filter(|file| !folder.join(file).is_file());
    problems.extend(missing.map(|file| format!("a published crate has a {file}")));
    if folder.join("LICENSE").is_symlink() || read("LICENSE") != license {
        problems.push("LICENSE is not a copy of the one in the workspace's root".to_owned());
    }
    let form = std::fs::read_to_string(resolved.workspace_root.join(BUG_FORM))?;
    if !form.lines().any(|line| line.trim() == format!("- {}", package.name)) {
        problems.push(format!("{BUG_FORM} does not list the crate"));
    }
    problems.extend(changelog::check(&read("CHANGELOG.md"), &package.version.to_string()));
    problems.extend(features::check(&manifest, &package.features, &read("README.md")));
    problems.extend(build::check(&package.targets, &package.dependencies));
    problems.extend(platforms::check_dependencies(&package.dependencies));
    problems.extend(platforms::check_sources(folder.as_std_path())?);
    Ok(problems
        .into_iter()
        .map(|problem| format!("{}: {problem}", package.name))
        .collect())
}
