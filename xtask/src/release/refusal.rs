//! What makes a release impossible outside versions and changelogs: [`check_repository`], [`check_names`],
//! [`check_yanked`].

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::semver::Version;
use cargo_metadata::{Metadata, Package};

use super::git::Git;
use super::index::{Published, Registry};
use super::lock::Lock;
use super::order::needs;
use super::plan::{Plan, Step};
use crate::workspace;

/// Refuses crates that do not name their repository: crates.io shows it, and a version can be published only once.
pub(super) fn check_repository(crates: &[&Package]) -> Result<()> {
    let names_one = |package: &&&Package| {
        package
            .repository
            .as_deref()
            .is_some_and(|url| url.starts_with("https://"))
    };
    let without: Vec<_> = crates.iter().filter(|package| !names_one(package)).collect();
    if without.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = without.iter().map(|package| package.name.as_str()).collect();
    bail!(
        "nothing can be released, because the repository of these crates is not known: {}\n\
         In [workspace.package] of the root's Cargo.toml write `repository = \"https://…\"`; each crate's manifest takes it \
         from there by `repository.workspace = true`",
        names.join(", ")
    )
}

/// Refuses names that others have on the registry. A version of ours has a tag, or is about to get one.
pub(super) fn check_names(plan: &Plan, registry: &Registry, git: &Git<'_>) -> Result<()> {
    let mut refusals = Vec::new();
    for step in &plan.steps {
        let published = registry.ask(&step.name)?;
        let tagged = git.versions(&step.name)?;
        let refusal = foreign(step, &published, &tagged, registry.name());
        refusals.extend(refusal.or_else(|| taken(step, &tagged)));
    }
    if refusals.is_empty() {
        return Ok(());
    }
    bail!("nothing can be released:\n  {}", refusals.join("\n  "))
}

/// Refuses a lock file with yanked dependencies, because the crates were tested with them.
pub(super) fn check_yanked(root: &Path, metadata: &Metadata, plan: &Plan) -> Result<()> {
    // This fails if only yanked versions of a crate are left. Cargo still learns about them.
    let refreshed = Registry::refresh();
    let registry = Registry::open(root, None)?;
    let text = std::fs::read_to_string(root.join("Cargo.lock")).context("Cargo.lock cannot be read")?;
    let lock = Lock::parse(&text)?;
    let mut needed: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for package in workspace::published(metadata) {
        if plan.steps.iter().any(|step| step.name == package.name.as_str()) {
            for locked in lock.closure(&package.name, &needs(package)) {
                needed.entry(locked).or_default().push(&package.name);
            }
        }
    }
    let mut refusals = Vec::new();
    for (locked, names) in needed {
        let published = registry.known(&locked.name)?;
        ensure!(
            !published.is_empty() || refreshed.is_err(),
            "cargo asked for {}, but left no answer for the registry that its configuration puts in the place of crates.io; \
             replace `source.crates-io` directly with a `[source]` that has a sparse `registry`",
            locked.name
        );
        let is_it = |of: &&Published| of.version.to_string() == locked.version;
        if published.iter().find(is_it).is_some_and(|of| of.yanked) {
            refusals.push(format!(
                "{}: Cargo.lock has {} {}, which is yanked; run `cargo update --package {1}@{2}`",
                names.join(", "),
                locked.name,
                locked.version
            ));
        }
    }
    if refusals.is_empty() {
        return refreshed;
    }
    bail!("nothing can be released:\n  {}", refusals.join("\n  "))
}

fn foreign(step: &Step, published: &[Published], tagged: &[Version], registry: &str) -> Option<String> {
    let is_ours = |version: &Version| tagged.contains(version) || (step.prepared && *version == step.to);
    let mut others = published
        .iter()
        .map(|of| &of.version)
        .filter(|version| !is_ours(version));
    let first = others.next()?;
    Some(format!(
        "{0}: the registry {registry} has {0} {first}, and no tag {0}-v{first} says that it is ours; if it is, fetch the tags \
         (`git fetch --tags`), else choose another `name` in {1}/Cargo.toml",
        step.name, step.folder
    ))
}

/// Refuses a version that another branch has released.
fn taken(step: &Step, tagged: &[Version]) -> Option<String> {
    // The tags of this branch end at `from`, so this tag is of another branch.
    tagged.contains(&step.to).then(|| {
        format!(
            "{0}: another branch has released {1}, and {2}/Cargo.toml does not know of it; merge the commit of the tag \
             {0}-v{1}",
            step.name, step.to, step.folder
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_without_a_repository_is_not_released() {
        let package = |repository: serde_json::Value| -> Package {
            serde_json::from_value(serde_json::json!({
                "name": "logger", "version": "0.1.0", "id": "logger", "dependencies": [], "targets": [], "features": {},
                "manifest_path": "/logger/Cargo.toml", "repository": repository,
            }))
            .unwrap()
        };
        let (good, empty) = (package("https://example.com/a".into()), package("".into()));
        assert!(check_repository(&[&good]).is_ok());
        assert!(check_repository(&[&package(serde_json::Value::Null)]).is_err());
        let error = check_repository(&[&good, &empty]).unwrap_err().to_string();
        assert!(error.contains("not known: logger\n"), "{error}");
        assert!(
            error.contains("[workspace.package]") && error.contains("repository = \"https://"),
            "{error}"
        );
    }

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    fn step(prepared: bool) -> Step {
        Step {
            name: "logger".to_owned(),
            folder: "crates/logger".to_owned(),
            from: None,
            to: version("0.1.0"),
            bump: None,
            prepared,
            reasons: Vec::new(),
            pulled_by: Vec::new(),
        }
    }

    #[test]
    fn a_version_of_another_branch_is_not_released_again() {
        assert_eq!(taken(&step(false), &[version("0.0.9")]), None);
        for prepared in [false, true] {
            let refusal = taken(&step(prepared), &[version("0.0.9"), version("0.1.0")]).unwrap();
            assert!(
                refusal.starts_with("logger: another branch has released 0.1.0, and crates/logger/Cargo.toml")
                    && refusal.ends_with("merge the commit of the tag logger-v0.1.0"),
                "{refusal}"
            );
        }
    }

    #[test]
    fn a_version_without_a_tag_is_not_ours() {
        let published = |versions: &[&str]| -> Vec<_> {
            let of = |text: &&str| Published {
                version: version(text),
                checksum: [0; 32],
                yanked: false,
            };
            versions.iter().map(of).collect()
        };
        for (has, tagged, prepared, expected) in [
            (&[][..], &[][..], false, true),
            (&["0.1.0"], &["0.1.0"], false, true),
            (&["0.0.9"], &["0.1.0"], true, false),
            // It may be what a release that failed midway published; the checksum decides.
            (&["0.1.0"], &[], true, true),
            (&["0.1.0"], &[], false, false),
        ] {
            let tagged: Vec<_> = tagged.iter().map(|text| version(text)).collect();
            let refusal = foreign(&step(prepared), &published(has), &tagged, "crates-io");
            assert_eq!(refusal.is_none(), expected, "{refusal:?}");
        }
        let refusal = foreign(&step(false), &published(&["0.0.1"]), &[], "crates-io").unwrap();
        assert!(
            refusal.starts_with("logger: the registry crates-io has logger 0.0.1")
                && refusal.ends_with("`name` in crates/logger/Cargo.toml"),
            "{refusal}"
        );
    }
}
