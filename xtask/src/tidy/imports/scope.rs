//! [`Scope`]: the names of a module or of a block, with their definitions.

use std::collections::HashMap;

use syn::{Fields, Ident, Item, Visibility};

use super::attributes;
use super::item_path::{ItemPath, text};
use super::use_tree::{Binds, imports};

pub(super) type FileId = usize;
pub(super) type ModuleId = usize;

/// The root module of a crate.
pub(super) const ROOT: ModuleId = 0;

/// One of the three name spaces. A module and a function with the same name do not clash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Namespace {
    Type,
    Value,
    Macro,
}

/// The definition to which a path can lead.
#[derive(Clone, Debug)]
pub(super) enum Definition {
    Module(ModuleId),
    /// Anything else, with its whole path.
    Item {
        file: FileId,
        name: String,
    },
}

/// The meaning of a name.
pub(super) enum Meaning {
    Defined(Definition, &'static [Namespace]),
    Imported(ItemPath),
}

pub(super) struct Binding {
    pub(super) meaning: Meaning,
    /// The module below which a glob import includes the name.
    pub(super) visible_in: ModuleId,
}

pub(super) struct Glob {
    pub(super) path: ItemPath,
    pub(super) visible_in: ModuleId,
}

/// The place of a scope.
pub(super) struct Place<'a> {
    pub(super) file: FileId,
    pub(super) module: ModuleId,
    pub(super) parent: Option<ModuleId>,
    /// The module's path.
    pub(super) name: &'a str,
}

#[derive(Default)]
pub(super) struct Scope {
    pub(super) names: HashMap<String, Vec<Binding>>,
    pub(super) globs: Vec<Glob>,
}

impl Scope {
    /// Adds the names that an item defines, except modules.
    pub(super) fn add(&mut self, item: &Item, place: &Place<'_>) {
        use Namespace::{Macro, Type, Value};
        match item {
            Item::Const(item) => self.define(&item.ident, &item.vis, &[Value], place),
            Item::Enum(item) => self.define(&item.ident, &item.vis, &[Type], place),
            Item::Fn(item) => self.define(&item.sig.ident, &item.vis, &[Value], place),
            Item::Static(item) => self.define(&item.ident, &item.vis, &[Value], place),
            Item::Struct(item) => {
                let has_constructor = !matches!(item.fields, Fields::Named(_));
                let namespaces: &[_] = if has_constructor { &[Type, Value] } else { &[Type] };
                self.define(&item.ident, &item.vis, namespaces, place);
            }
            Item::Trait(item) => self.define(&item.ident, &item.vis, &[Type], place),
            Item::TraitAlias(item) => self.define(&item.ident, &item.vis, &[Type], place),
            Item::Type(item) => self.define(&item.ident, &item.vis, &[Type], place),
            Item::Union(item) => self.define(&item.ident, &item.vis, &[Type], place),
            Item::Macro(item) => {
                if let Some(ident) = &item.ident {
                    self.define(ident, &Visibility::Inherited, &[Macro], place);
                }
            }
            Item::ExternCrate(item) => {
                let name = item.rename.as_ref().map_or(&item.ident, |(_, rename)| rename);
                let mut path = ItemPath::of_name(text(&item.ident));
                if item.ident == "self" {
                    path = ItemPath::of_name("crate".to_owned());
                } else {
                    path.is_external = true;
                }
                self.bind(text(name), Meaning::Imported(path), place.visible_in(&item.vis));
            }
            Item::Use(item) => {
                let visible_in = place.visible_in(&item.vis);
                for import in imports(item) {
                    let path = import.path;
                    match import.binds {
                        Binds::Name(name) => self.bind(name, Meaning::Imported(path), visible_in),
                        Binds::All => self.globs.push(Glob { path, visible_in }),
                        Binds::Nothing => {}
                    }
                }
            }
            _ => {}
        }
    }

    pub(super) fn bind(&mut self, name: String, meaning: Meaning, visible_in: ModuleId) {
        let bindings = self.names.entry(name).or_default();
        bindings.push(Binding { meaning, visible_in });
    }

    fn define(&mut self, name: &Ident, visibility: &Visibility, namespaces: &'static [Namespace], place: &Place<'_>) {
        let name = text(name);
        let definition = Definition::Item {
            file: place.file,
            name: format!("{}::{name}", place.name),
        };
        let meaning = Meaning::Defined(definition, namespaces);
        self.bind(name, meaning, place.visible_in(visibility));
    }
}

impl Place<'_> {
    /// Returns the module below which an item with this visibility can be named.
    pub(super) fn visible_in(&self, visibility: &Visibility) -> ModuleId {
        match visibility {
            Visibility::Inherited => self.module,
            Visibility::Restricted(restricted) if restricted.path.is_ident("self") => self.module,
            Visibility::Restricted(restricted) if restricted.path.is_ident("super") => self.parent.unwrap_or(ROOT),
            Visibility::Restricted(_) | Visibility::Public(_) => ROOT,
        }
    }
}

/// Returns whether a macro can be named with a path from the crate's root.
pub(super) fn is_exported_macro(item: &Item) -> bool {
    matches!(item, Item::Macro(item) if item.ident.is_some() && attributes::has(&item.attrs, "macro_export"))
}
