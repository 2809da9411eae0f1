//! `cargo xtask release`: packages every published crate in dependency order and builds it from its tarball.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use cargo_metadata::Package;

use crate::{ui, workspace};

/// Does everything but publish. `cargo package` verifies each crate from its tarball, against the tarballs of the
/// others, so a file that is missing from a package or a version that does not match shows here. What only the crates'
/// maintainer can add is checked last, so that the rest can be tried without it.
pub(crate) fn run(allow_dirty: bool) -> Result<()> {
    let metadata = workspace::metadata()?;
    let crates = in_order(&workspace::published(&metadata))?;
    println!("Dry run: nothing is published. In this order:");
    for package in &crates {
        println!("  {} {}", package.name, package.version);
    }
    let mut arguments = vec!["package", "--quiet"];
    for package in &crates {
        arguments.extend(["--package", package.name.as_str()]);
    }
    if allow_dirty {
        arguments.push("--allow-dirty");
    }
    ui::task("Packaging and building each crate from its tarball", || {
        let output = workspace::cargo(&arguments).output()?;
        if !output.status.success() {
            bail!(
                "`cargo {}` failed:\n{}",
                arguments.join(" "),
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(())
    })?;
    for package in &crates {
        let file = metadata
            .target_directory
            .join("package")
            .join(format!("{}-{}.crate", package.name, package.version));
        let size = std::fs::metadata(&file)
            .with_context(|| format!("{file} is not there"))?
            .len();
        println!(
            "  {:>6} kB  {}",
            size.div_ceil(1_000),
            file.file_name().unwrap_or_default()
        );
    }
    check_repository(&crates)
}

/// Refuses crates that do not name their repository: crates.io shows it, and a version can be published only once.
fn check_repository(crates: &[&Package]) -> Result<()> {
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
        "the crates are packaged but cannot be published, because their repository is not known: {}\n\
         In [workspace.package] of the root's Cargo.toml write `repository = \"https://…\"`; each crate's manifest takes it \
         from there by `repository.workspace = true`",
        names.join(", ")
    )
}

/// Sorts crates so that each comes after those it depends on.
fn in_order<'a>(crates: &[&'a Package]) -> Result<Vec<&'a Package>> {
    let names: BTreeSet<&str> = crates.iter().map(|package| package.name.as_str()).collect();
    let needs = |package: &Package| -> BTreeSet<String> {
        let normal = package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind != cargo_metadata::DependencyKind::Development);
        normal
            .map(|dependency| dependency.name.clone())
            .filter(|name| names.contains(name.as_str()))
            .collect()
    };
    let graph = crates
        .iter()
        .map(|package| (package.name.to_string(), needs(package)))
        .collect();
    let order = sorted(graph)?;
    Ok(order
        .iter()
        .filter_map(|name| crates.iter().copied().find(|package| package.name.as_str() == name))
        .collect())
}

fn sorted(mut graph: BTreeMap<String, BTreeSet<String>>) -> Result<Vec<String>> {
    let mut order = Vec::new();
    while !graph.is_empty() {
        let ready = graph
            .iter()
            .find(|(_, needs)| needs.iter().all(|need| order.contains(need)));
        let Some(name) = ready.map(|(name, _)| name.clone()) else {
            bail!("these crates depend on each other in a circle: {:?}", graph.keys());
        };
        graph.remove(&name);
        order.push(name);
    }
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(&str, &[&str])]) -> BTreeMap<String, BTreeSet<String>> {
        edges
            .iter()
            .map(|(name, needs)| {
                (
                    (*name).to_owned(),
                    needs.iter().map(|need| (*need).to_owned()).collect(),
                )
            })
            .collect()
    }

    #[test]
    fn each_crate_comes_after_what_it_needs() {
        let order = sorted(graph(&[
            ("a-umbrella", &["logger", "core"]),
            ("core", &[]),
            ("logger", &["core"]),
        ]))
        .unwrap();
        assert_eq!(order, ["core", "logger", "a-umbrella"]);
    }

    #[test]
    fn a_crate_without_a_repository_is_not_published() {
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

    #[test]
    fn a_circle_is_an_error() {
        assert!(sorted(graph(&[("a", &["b"]), ("b", &["a"])])).is_err());
    }
}
