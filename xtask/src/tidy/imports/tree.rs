//! [`Tree`]: reads the modules of a crate from its source files.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use syn::{Item, ItemMod};

use super::attributes;
use super::item_path::text;
use super::scope::{Definition, FileId, Meaning, ModuleId, Namespace, Place, ROOT, Scope, is_exported_macro};
use crate::tidy::cfg;

/// A crate without its tests.
pub(super) struct Tree {
    pub(super) files: Vec<PathBuf>,
    pub(super) modules: Vec<Module>,
}

pub(super) struct Module {
    /// Its path, from `crate`.
    pub(super) name: String,
    pub(super) file: FileId,
    pub(super) parent: Option<ModuleId>,
    pub(super) scope: Scope,
    pub(super) items: Vec<Item>,
}

impl Tree {
    /// Reads the crate with the root file `root`; `read` returns a file's text, or nothing if there is no such file.
    pub(super) fn load(root: &Path, read: &dyn Fn(&Path) -> Option<String>) -> Result<Self> {
        let tree = Self {
            files: Vec::new(),
            modules: Vec::new(),
        };
        let mut loader = Loader { tree, read };
        let items = loader.parse(root)?;
        let folder = parent(root);
        let file = loader.file(root);
        let nest = Nest {
            file,
            modules: folder.clone(),
            paths: folder,
        };
        loader.add("crate".to_owned(), None, &nest, items)?;
        Ok(loader.tree)
    }

    pub(super) fn place(&self, module: ModuleId) -> Place<'_> {
        let Module { name, file, parent, .. } = &self.modules[module];
        Place {
            file: *file,
            module,
            parent: *parent,
            name,
        }
    }
}

struct Loader<'a> {
    tree: Tree,
    read: &'a dyn Fn(&Path) -> Option<String>,
}

/// The folders of the modules that a module declares.
struct Nest {
    file: FileId,
    /// The folder of the files that are found by name.
    modules: PathBuf,
    /// The folder that `#[path]` is relative to.
    paths: PathBuf,
}

impl Loader<'_> {
    fn add(&mut self, name: String, parent: Option<ModuleId>, nest: &Nest, mut items: Vec<Item>) -> Result<ModuleId> {
        items.retain(|item| !attributes::is_test(cfg::of_item(item)));
        let id = self.tree.modules.len();
        self.tree.modules.push(Module {
            name,
            file: nest.file,
            parent,
            scope: Scope::default(),
            items: Vec::new(),
        });
        let place = self.tree.place(id);
        let (mut scope, mut exports) = (Scope::default(), Scope::default());
        for item in &items {
            scope.add(item, &place);
            if is_exported_macro(item) {
                exports.add(item, &place);
            }
        }
        self.tree.modules[id].scope = scope;
        // `#[macro_export]` puts a macro into the root, wherever it is defined.
        for (name, bindings) in exports.names {
            let in_root = self.tree.modules[ROOT].scope.names.entry(name).or_default();
            in_root.extend(bindings);
        }
        for item in &mut items {
            if let Item::Mod(item) = item {
                let child = self.add_child(id, nest, item)?;
                self.declare(id, child, item);
            }
        }
        self.tree.modules[id].items = items;
        Ok(id)
    }

    /// Adds a module that is declared in `parent`, and removes its items from `item`.
    fn add_child(&mut self, parent: ModuleId, nest: &Nest, item: &mut ItemMod) -> Result<ModuleId> {
        let ident = text(&item.ident);
        let name = format!("{}::{ident}", self.tree.modules[parent].name);
        let path = attributes::path(&item.attrs);
        if let Some((_, items)) = &mut item.content {
            let items = std::mem::take(items);
            let folder = path.map_or_else(|| nest.modules.join(&ident), |path| nest.paths.join(path));
            let nest = Nest {
                file: nest.file,
                modules: folder.clone(),
                paths: folder,
            };
            return self.add(name, Some(parent), &nest, items);
        }
        // Modules below `x.rs` are in the folder `x`; below `x/mod.rs` or a file that `#[path]` names, in its own folder.
        let (file, modules) = if let Some(path) = path {
            let file = normal(&nest.paths.join(path));
            let folder = self::parent(&file);
            (file, folder)
        } else {
            let folder = nest.modules.join(&ident);
            let files = [folder.with_added_extension("rs"), folder.join("mod.rs")];
            let file = files.into_iter().find(|file| (self.read)(file).is_some());
            let file = file.with_context(|| format!("the module {name} has no file"))?;
            (file, folder)
        };
        let items = self.parse(&file)?;
        let nest = Nest {
            file: self.file(&file),
            modules,
            paths: self::parent(&file),
        };
        self.add(name, Some(parent), &nest, items)
    }

    /// Adds the name of the module `child` to the scope of `parent`, and its macros if they are to be used there.
    fn declare(&mut self, parent: ModuleId, child: ModuleId, item: &ItemMod) {
        let visible_in = self.tree.place(parent).visible_in(&item.vis);
        let is_used = attributes::has(&item.attrs, "macro_use");
        let names = self.tree.modules[child].scope.names.iter().filter(|_| is_used);
        let all = names.flat_map(|(name, bindings)| bindings.iter().map(move |binding| (name, &binding.meaning)));
        let macros = all.filter_map(|(name, meaning)| match meaning {
            Meaning::Defined(definition, namespaces @ [Namespace::Macro]) => {
                Some((name.clone(), Meaning::Defined(definition.clone(), namespaces)))
            }
            _ => None,
        });
        let macros: Vec<_> = macros.collect();
        let scope = &mut self.tree.modules[parent].scope;
        let meaning = Meaning::Defined(Definition::Module(child), &[Namespace::Type]);
        scope.bind(text(&item.ident), meaning, visible_in);
        for (name, meaning) in macros {
            scope.bind(name, meaning, parent);
        }
    }

    fn file(&mut self, path: &Path) -> FileId {
        let files = &mut self.tree.files;
        files.iter().position(|file| file == path).unwrap_or_else(|| {
            files.push(path.to_owned());
            files.len() - 1
        })
    }

    fn parse(&self, path: &Path) -> Result<Vec<Item>> {
        let text = (self.read)(path).with_context(|| format!("{} cannot be read", path.display()))?;
        let file = syn::parse_file(&text).with_context(|| format!("{} cannot be parsed", path.display()))?;
        Ok(if attributes::is_test(&file.attrs) {
            Vec::new()
        } else {
            file.items
        })
    }
}

fn parent(file: &Path) -> PathBuf {
    file.parent().map_or_else(PathBuf::new, PathBuf::from)
}

/// Returns a path without `..`, so that each file has one.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            std::path::Component::ParentDir => _ = normal.pop(),
            std::path::Component::CurDir => {}
            other => normal.push(other),
        }
    }
    normal
}
