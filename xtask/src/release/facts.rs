//! [`gather`]: what manifests, changelogs and tags say of each published crate.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};
use cargo_metadata::{Metadata, Package};

use super::bump::Bump;
use super::changelog::Changelog;
use super::git::{Git, tag};
use super::manifest::requirements::{self, Manifests};
use super::order::{in_order, needs};
use super::plan::Facts;
use crate::workspace;

/// The parts of a crate's folder that its users do not get, or do not care about.
const NOT_FOR_USERS: [&str; 4] = ["CHANGELOG.md", "api.txt", "benches/", "tests/"];

/// Returns the facts of each published crate, in the order of their dependencies.
pub(super) fn gather(root: &Path, metadata: &Metadata, git: &Git<'_>) -> Result<Vec<Facts>> {
    let crates = in_order(&workspace::published(metadata))?;
    let names: Vec<_> = crates.iter().map(|package| package.name.as_str()).collect();
    crates
        .iter()
        .map(|package| {
            facts(root, package, &names, git).with_context(|| format!("nothing can be released: {}", package.name))
        })
        .collect()
}

/// Returns the folder of a crate, from the workspace's root.
pub(super) fn folder(root: &Path, package: &Package) -> Result<String> {
    let folder = package.manifest_path.parent().context("a manifest lies in a folder")?;
    let relative = folder.strip_prefix(root).context("a crate lies in the workspace")?;
    Ok(relative.as_str().to_owned())
}

fn facts(root: &Path, package: &Package, ours: &[&str], git: &Git<'_>) -> Result<Facts> {
    let folder = folder(root, package)?;
    let file = format!("{folder}/CHANGELOG.md");
    let text = std::fs::read_to_string(root.join(&file)).with_context(|| format!("{file} cannot be read"))?;
    let changelog = Changelog::parse(&text).with_context(|| file.clone())?;
    let last = git.last_version(&package.name)?;
    let changes = match &last {
        Some(last) => changes(root, &folder, &tag(&package.name, last), ours, git)?,
        None => Vec::new(),
    };
    Ok(Facts {
        name: package.name.to_string(),
        version: package.version.clone(),
        last,
        needs: needs(package)
            .into_iter()
            .filter(|name| ours.contains(&name.as_str()))
            .collect(),
        changes,
        notes: changelog.bump().with_context(|| file.clone())?,
        has_section: changelog.has(&package.version),
        section: changelog.bump_of(&package.version).with_context(|| file.clone())?,
        folder,
    })
}

fn changes(root: &Path, folder: &str, tag: &str, ours: &[&str], git: &Git<'_>) -> Result<Vec<(String, Bump)>> {
    let mut changes = Vec::new();
    let prefix = format!("{folder}/");
    let is_for_users = |file: &&str| !NOT_FOR_USERS.iter().any(|name| file.starts_with(name));
    let differing = git.changed(tag, folder)?;
    let files: Vec<_> = differing
        .iter()
        .filter_map(|file| file.strip_prefix(&prefix))
        .filter(is_for_users)
        .collect();
    if let Some(first) = files.first() {
        let more = files.len() - 1;
        let text = if more == 0 {
            (*first).to_owned()
        } else {
            format!("{first} and {more} more")
        };
        changes.push((text, Bump::Patch));
    }
    let now = |file: &str| std::fs::read_to_string(root.join(file)).with_context(|| format!("{file} cannot be read"));
    let api = format!("{folder}/api.txt");
    if let Some(old) = git.show(tag, &api)? {
        changes.extend(of_api(&old, &now(&api)?));
    }
    let manifest = format!("{folder}/Cargo.toml");
    if let (Some(of_crate), Some(of_workspace)) = (git.show(tag, &manifest)?, git.show(tag, "Cargo.toml")?) {
        let old = Manifests::parse(&of_crate, &of_workspace)?;
        let new = Manifests::parse(&now(&manifest)?, &now("Cargo.toml")?)?;
        let found = requirements::changes(&old, &new, ours);
        changes.extend(found.into_iter().map(|change| (change.text, change.bump)));
    }
    Ok(changes)
}

/// Compares two lists of a public API. An item that is gone or different breaks the crate's users.
fn of_api(old: &str, new: &str) -> Option<(String, Bump)> {
    let lines = |text| str::lines(text).collect::<BTreeSet<_>>();
    let (old, new) = (lines(old), lines(new));
    if let Some(first) = old.difference(&new).next() {
        let text = format!(
            "api.txt no longer has {} lines, such as `{first}`",
            old.difference(&new).count()
        );
        return Some((text, Bump::Breaking));
    }
    let first = new.difference(&old).next()?;
    let text = format!(
        "api.txt has {} new lines, such as `{first}`",
        new.difference(&old).count()
    );
    Some((text, Bump::Minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_api_decides_what_breaks() {
        let old = "pub fn a()\npub fn b()\n";
        for (new, expected) in [
            (old, None),
            ("pub fn b()\npub fn a()\n", None),
            ("pub fn a()\npub fn b()\npub fn c()\n", Some(Bump::Minor)),
            ("pub fn a()\n", Some(Bump::Breaking)),
            ("pub fn a()\npub fn b(x: u8)\n", Some(Bump::Breaking)),
        ] {
            assert_eq!(of_api(old, new).map(|(_, bump)| bump), expected, "{new}");
        }
    }
}
