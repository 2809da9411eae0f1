//! Resolves paths to their definitions.

use super::item_path::ItemPath;
use super::scope::{Definition, Meaning, ModuleId, Namespace, ROOT, Scope};
use super::tree::Tree;

/// The place of a path in the source.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    pub(super) module: ModuleId,
    /// The scopes of the enclosing blocks, the outermost first.
    pub(super) blocks: &'a [Scope],
}

impl Tree {
    /// Returns the definitions to which `path` leads, from the first name space that has any.
    ///
    /// Re-exports are followed. A part of an item, such as a variant of an enum, counts as that item. Another crate's
    /// items are left out.
    pub(super) fn resolve(&self, site: Site<'_>, path: &ItemPath, namespaces: &[Namespace]) -> Vec<Definition> {
        let mut search = Search::of(self);
        let mut found = namespaces
            .iter()
            .filter_map(|namespace| search.path(site, path, *namespace));
        found.next().unwrap_or_default()
    }

    /// Returns the definitions to which `path` leads in any name space, as imported by a `use`.
    pub(super) fn resolve_import(&self, site: Site<'_>, path: &ItemPath) -> Vec<Definition> {
        let all = [Namespace::Type, Namespace::Value, Namespace::Macro];
        let found = all.iter().map(|namespace| self.resolve(site, path, &[*namespace]));
        found.flatten().collect()
    }

    fn is_within(&self, module: ModuleId, ancestor: ModuleId) -> bool {
        let mut chain = std::iter::successors(Some(module), |&module| self.modules[module].parent);
        chain.any(|module| module == ancestor)
    }
}

/// `None` if the name does not exist, and no definitions if it belongs to another crate.
type Found = Option<Vec<Definition>>;

/// The search for one path, which remembers the names being searched, because imports may be circular.
struct Search<'t> {
    tree: &'t Tree,
    open: Vec<(ScopeId, String, Namespace)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ScopeId {
    Module(ModuleId),
    /// The block at this depth of the site.
    Block(usize),
}

impl<'t> Search<'t> {
    fn of(tree: &'t Tree) -> Self {
        Self { tree, open: Vec::new() }
    }

    fn path(&mut self, site: Site<'_>, path: &ItemPath, namespace: Namespace) -> Found {
        let (first, rest) = path.segments.split_first()?;
        if path.is_external {
            return Some(Vec::new());
        }
        let mut found = match first.as_str() {
            "crate" => vec![Definition::Module(ROOT)],
            "self" => vec![Definition::Module(site.module)],
            "super" => self.parent(site.module),
            name if rest.is_empty() => return self.name(site, name, namespace),
            // A name that is not in scope is another crate.
            name => self.name(site, name, Namespace::Type).unwrap_or_default(),
        };
        for (index, segment) in rest.iter().enumerate() {
            let is_last = index + 1 == rest.len();
            let namespace = if is_last { namespace } else { Namespace::Type };
            found = self.members(found, segment, namespace, is_last)?;
        }
        Some(found)
    }

    /// Takes one step of a path.
    fn members(&mut self, from: Vec<Definition>, segment: &str, namespace: Namespace, is_last: bool) -> Found {
        let mut found = Vec::new();
        let mut is_elsewhere = false;
        for definition in from {
            let Definition::Module(module) = definition else {
                found.push(definition);
                continue;
            };
            if segment == "super" {
                found.extend(self.parent(module));
            } else if segment == "self" {
                // `use a::{self}` imports the module, not a function of its name.
                if is_last && namespace != Namespace::Type {
                    is_elsewhere = true;
                } else {
                    found.push(definition);
                }
            } else if let Some(members) = self.member(module, segment, namespace) {
                found.extend(members);
            } else if is_last && self.is_in_any(module, segment) {
                is_elsewhere = true;
            } else if !self.has_foreign_glob(module) {
                // A macro creates items that are not in the source.
                let module = &self.tree.modules[module];
                found.push(Definition::Item {
                    file: module.file,
                    name: format!("{}::{segment}", module.name),
                });
            }
        }
        (!found.is_empty() || !is_elsewhere).then_some(found)
    }

    fn parent(&self, module: ModuleId) -> Vec<Definition> {
        let parent = self.tree.modules[module].parent;
        parent.map(Definition::Module).into_iter().collect()
    }

    /// Searches for a name in the enclosing scopes, the innermost first.
    fn name(&mut self, site: Site<'_>, name: &str, namespace: Namespace) -> Found {
        for depth in (0..site.blocks.len()).rev() {
            let site = Site {
                module: site.module,
                blocks: &site.blocks[..=depth],
            };
            let scope = &site.blocks[depth];
            if let Some(found) = self.scope(ScopeId::Block(depth), scope, site, name, namespace, None) {
                return Some(found);
            }
        }
        if let Some(found) = self.member(site.module, name, namespace) {
            return Some(found);
        }
        // Only `macro_rules` is visible in the modules below.
        let parents = std::iter::successors(Some(site.module), |&module| self.tree.modules[module].parent);
        let mut parents = parents.filter(|_| namespace == Namespace::Macro);
        parents.find_map(|module| {
            let bindings = self.tree.modules[module].scope.names.get(name)?;
            bindings.iter().find_map(|binding| match &binding.meaning {
                Meaning::Defined(definition, [Namespace::Macro]) => Some(vec![definition.clone()]),
                _ => None,
            })
        })
    }

    fn member(&mut self, module: ModuleId, name: &str, namespace: Namespace) -> Found {
        self.visible_member(module, name, namespace, None)
    }

    fn is_in_any(&mut self, module: ModuleId, name: &str) -> bool {
        let mut all = [Namespace::Type, Namespace::Value, Namespace::Macro].into_iter();
        all.any(|namespace| self.member(module, name, namespace).is_some())
    }

    /// Returns whether a name that a module lacks may come from another crate through `*`.
    fn has_foreign_glob(&mut self, module: ModuleId) -> bool {
        let tree = self.tree;
        let site = Site { module, blocks: &[] };
        let mut globs = tree.modules[module].scope.globs.iter();
        globs.any(|glob| {
            let found = self.path(site, &glob.path, Namespace::Type);
            found.is_none_or(|found| found.is_empty())
        })
    }

    fn visible_member(
        &mut self,
        module: ModuleId,
        name: &str,
        namespace: Namespace,
        viewer: Option<ModuleId>,
    ) -> Found {
        let tree = self.tree;
        let site = Site { module, blocks: &[] };
        let scope = &tree.modules[module].scope;
        self.scope(ScopeId::Module(module), scope, site, name, namespace, viewer)
    }

    /// Searches one scope; `viewer` is the module whose glob import looks into it.
    fn scope(
        &mut self,
        id: ScopeId,
        scope: &Scope,
        site: Site<'_>,
        name: &str,
        namespace: Namespace,
        viewer: Option<ModuleId>,
    ) -> Found {
        let key = (id, name.to_owned(), namespace);
        if self.open.contains(&key) {
            return None;
        }
        self.open.push(key);
        let found = self
            .named(scope, site, name, namespace, viewer)
            .or_else(|| self.globbed(scope, site, name, namespace, viewer));
        self.open.pop();
        found
    }

    /// Searches the definitions of a scope and its imports by name.
    fn named(
        &mut self,
        scope: &Scope,
        site: Site<'_>,
        name: &str,
        namespace: Namespace,
        viewer: Option<ModuleId>,
    ) -> Found {
        // There are several if `cfg` chooses between them.
        let mut all: Found = None;
        for binding in scope.names.get(name)? {
            if !self.sees(viewer, binding.visible_in) {
                continue;
            }
            let found = match &binding.meaning {
                Meaning::Defined(definition, namespaces) => {
                    namespaces.contains(&namespace).then(|| vec![definition.clone()])
                }
                Meaning::Imported(path) => self.path(site, path, namespace).or_else(|| {
                    // `pub use tracing;`: a crate, because nothing here has that name.
                    let is_crate = path.segments.len() == 1 && namespace == Namespace::Type;
                    is_crate.then(Vec::new)
                }),
            };
            if let Some(found) = found {
                all.get_or_insert_default().extend(found);
            }
        }
        all
    }

    /// Searches the imports of a scope through `*`.
    fn globbed(
        &mut self,
        scope: &Scope,
        site: Site<'_>,
        name: &str,
        namespace: Namespace,
        viewer: Option<ModuleId>,
    ) -> Found {
        let mut all: Found = None;
        for glob in &scope.globs {
            if !self.sees(viewer, glob.visible_in) {
                continue;
            }
            for definition in self.path(site, &glob.path, Namespace::Type).unwrap_or_default() {
                let Definition::Module(module) = definition else {
                    continue;
                };
                let viewer = Some(viewer.unwrap_or(site.module));
                if let Some(found) = self.visible_member(module, name, namespace, viewer) {
                    all.get_or_insert_default().extend(found);
                }
            }
        }
        all
    }

    fn sees(&self, viewer: Option<ModuleId>, visible_in: ModuleId) -> bool {
        viewer.is_none_or(|viewer| self.tree.is_within(viewer, visible_in))
    }
}
