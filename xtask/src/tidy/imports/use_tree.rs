//! Splits a `use` into its paths.

use syn::{ItemUse, UseTree};

use super::item_path::{ItemPath, text};

/// One path of a `use`.
pub(super) struct Import {
    /// The path. It ends with `self` for a name that is imported as `{self}`.
    pub(super) path: ItemPath,
    pub(super) binds: Binds,
}

/// The name that a path of a `use` brings into scope.
pub(super) enum Binds {
    Name(String),
    /// `as _`.
    Nothing,
    /// `*`.
    All,
}

pub(super) fn imports(item: &ItemUse) -> Vec<Import> {
    let mut found = Vec::new();
    let is_external = item.leading_colon.is_some();
    flatten(&item.tree, &mut Vec::new(), &mut |segments: &[String], binds| {
        found.push(Import {
            path: ItemPath {
                is_external,
                segments: segments.to_vec(),
            },
            binds,
        });
    });
    found
}

fn flatten(tree: &UseTree, prefix: &mut Vec<String>, add: &mut impl FnMut(&[String], Binds)) {
    match tree {
        UseTree::Path(path) => {
            prefix.push(text(&path.ident));
            flatten(&path.tree, prefix, add);
            prefix.pop();
        }
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, prefix, add)),
        UseTree::Glob(_) => add(prefix, Binds::All),
        UseTree::Name(name) => {
            let last = text(&name.ident);
            let bound = prefix.last().filter(|_| last == "self").unwrap_or(&last).clone();
            add(&[prefix.as_slice(), &[last]].concat(), Binds::Name(bound));
        }
        UseTree::Rename(rename) => {
            let bound = text(&rename.rename);
            let binds = if bound == "_" {
                Binds::Nothing
            } else {
                Binds::Name(bound)
            };
            add(&[prefix.as_slice(), &[text(&rename.ident)]].concat(), binds);
        }
    }
}
