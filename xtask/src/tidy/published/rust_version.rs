//! Checks that no crate of the workspace promises an older Rust version than its dependencies need.
//!
//! Dependencies of tests do not count, because users do not compile them. The graph is that of the whole workspace with all
//! features on Linux, so it may have an optional dependency that another member enables.

use anyhow::{Context, Result};
use cargo_metadata::semver::Version;
use cargo_metadata::{DependencyKind, Metadata};

/// A crate with the crates that it is compiled with, by index.
pub(super) struct Node {
    name: String,
    rust_version: Option<Version>,
    is_ours: bool,
    needs: Vec<usize>,
}

pub(super) fn graph(metadata: &Metadata) -> Result<Vec<Node>> {
    let resolve = metadata.resolve.as_ref().context("cargo resolved no dependencies")?;
    let position = |id| metadata.packages.iter().position(|package| &package.id == id);
    let node = |package: &cargo_metadata::Package| {
        let dependencies = resolve.nodes.iter().find(|node| node.id == package.id);
        let dependencies = dependencies.into_iter().flat_map(|node| &node.deps);
        let needed = dependencies.filter(|dependency| {
            let mut kinds = dependency.dep_kinds.iter();
            kinds.any(|kind| kind.kind != DependencyKind::Development)
        });
        Node {
            name: format!("{} {}", package.name, package.version),
            rust_version: package.rust_version.clone(),
            is_ours: metadata.workspace_members.contains(&package.id),
            needs: needed.filter_map(|dependency| position(&dependency.pkg)).collect(),
        }
    };
    Ok(metadata.packages.iter().map(node).collect())
}

pub(super) fn check(graph: &[Node]) -> Vec<String> {
    let mut problems = Vec::new();
    for (start, node) in graph.iter().enumerate().filter(|(_, node)| node.is_ours) {
        let Some(promised) = &node.rust_version else {
            problems.push(format!("{}: the manifest has no rust-version", node.name));
            continue;
        };
        let others = closure(graph, start).into_iter();
        let versions = others.filter_map(|other| Some((graph[other].rust_version.as_ref()?, &graph[other].name)));
        if let Some((needed, by)) = versions.max()
            && needed > promised
        {
            problems.push(format!(
                "{}: rust-version {promised} is lower than {needed}, which {by} needs",
                node.name
            ));
        }
    }
    problems
}

/// Returns `start` and all crates that it is compiled with.
fn closure(graph: &[Node], start: usize) -> Vec<usize> {
    let mut seen = vec![false; graph.len()];
    let mut open = vec![start];
    while let Some(node) = open.pop() {
        if !std::mem::replace(&mut seen[node], true) {
            open.extend(&graph[node].needs);
        }
    }
    (0..graph.len()).filter(|&node| seen[node]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str, rust_version: &str, needs: &[usize]) -> Node {
        Node {
            name: name.to_owned(),
            rust_version: Version::parse(rust_version).ok(),
            is_ours: name.starts_with("powertools"),
            needs: needs.to_vec(),
        }
    }

    #[test]
    fn a_promise_below_a_distant_dependency_is_a_problem() {
        let graph = |promised| {
            [
                node("powertools-lambda 0.1.0", promised, &[1, 2]),
                node("unknown 1.0.0", "", &[2]),
                node("tokio 1.54.1", "1.71.0", &[3, 1]),
                node("hashbrown 0.17.1", "1.85.0", &[]),
                node("not-needed 1.0.0", "1.95.0", &[0]),
            ]
        };
        let expected =
            "powertools-lambda 0.1.0: rust-version 1.84.0 is lower than 1.85.0, which hashbrown 0.17.1 needs";
        assert_eq!(check(&graph("1.84.0")), [expected]);
        assert_eq!(check(&graph("1.85.0")), [""; 0]);
        assert_eq!(check(&graph("1.90.0")), [""; 0]);
        assert_eq!(
            check(&graph("")),
            ["powertools-lambda 0.1.0: the manifest has no rust-version"]
        );
    }

    #[test]
    fn only_our_crates_are_checked() {
        assert_eq!(
            check(&[node("tokio 1.54.1", "1.71.0", &[1]), node("a 1.0.0", "1.80.0", &[])]),
            [""; 0]
        );
    }
}
