//! [`in_order`]: crates so that each comes after those it needs.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use cargo_metadata::{DependencyKind, Package};

/// Sorts crates so that each comes after those it depends on.
pub(super) fn in_order<'a>(crates: &[&'a Package]) -> Result<Vec<&'a Package>> {
    let names: BTreeSet<&str> = crates.iter().map(|package| package.name.as_str()).collect();
    let graph = crates
        .iter()
        .map(|package| {
            let ours = needs(package).into_iter().filter(|name| names.contains(name.as_str()));
            (package.name.to_string(), ours.collect())
        })
        .collect();
    let order = sorted(graph)?;
    Ok(order
        .iter()
        .filter_map(|name| crates.iter().copied().find(|package| package.name.as_str() == name))
        .collect())
}

/// Returns the names of the packages that a user of the package compiles.
pub(super) fn needs(package: &Package) -> BTreeSet<String> {
    package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind != DependencyKind::Development)
        .map(|dependency| dependency.name.clone())
        .collect()
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
    fn a_circle_is_an_error() {
        assert!(sorted(graph(&[("a", &["b"]), ("b", &["a"])])).is_err());
    }
}
