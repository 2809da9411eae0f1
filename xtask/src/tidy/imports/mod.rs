//! Checks that there is no circle of imports between the files of a package, so that each package reads top-down.
//!
//! A file imports another if one of its paths leads to an item that the other defines: a `use`, a path in an expression, a
//! type or a pattern, or a path in the tokens of a macro. A re-export is followed to the file that defines the item. Tests
//! may import anything, and a re-export is a table of contents, not an import.

mod attributes;
mod circles;
mod edges;
mod item_path;
mod resolve;
mod scope;
#[cfg(test)]
mod tests;
mod tokens;
mod tree;
mod use_tree;

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};
use cargo_metadata::Package;

use circles::circles;
use edges::edges;
use tree::Tree;

pub(super) fn check(packages: &[&Package]) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for package in packages {
        let folder = package.manifest_path.parent().context("a manifest lies in a folder")?;
        let read = |file: &Path| std::fs::read_to_string(file).ok();
        // Two targets can share files, and therefore a circle.
        let mut found = BTreeSet::new();
        for target in package.targets.iter().filter(|target| !target.is_test()) {
            let tree = Tree::load(target.src_path.as_std_path(), &read)
                .with_context(|| format!("the target {} of {}", target.name, package.name))?;
            found.extend(check_one(&tree, folder.as_std_path()));
        }
        problems.extend(found.into_iter().map(|problem| format!("{}: {problem}", package.name)));
    }
    Ok(problems)
}

/// Describes each circle with its files, relative to `folder`, and with the items of a shortest circle.
fn check_one(tree: &Tree, folder: &Path) -> Vec<String> {
    let edges = edges(tree);
    let name = |file: usize| {
        let path = &tree.files[file];
        path.strip_prefix(folder).unwrap_or(path).display().to_string()
    };
    let describe = |circle: circles::Circle| {
        let files: Vec<_> = circle.members.iter().map(|&file| name(file)).collect();
        let next = circle.shortest.iter().cycle().skip(1);
        let steps = circle.shortest.iter().zip(next).map(|(&from, &to)| {
            let item = &edges[&(from, to)];
            format!("\n    {} → {} by {item}", name(from), name(to))
        });
        let steps: String = steps.collect();
        format!("{} files import each other: {}{steps}", files.len(), files.join(", "))
    };
    circles(edges.keys().copied()).into_iter().map(describe).collect()
}
