//! Finds the imports between files.

use std::collections::{BTreeMap, HashSet};

use syn::buffer::TokenBuffer;
use syn::visit::{self, Visit};
use syn::{
    Arm, Attribute, Block, ExprBlock, ExprPath, Field, FieldValue, ImplItem, ImplItemConst, ImplItemFn, ImplItemMacro,
    ImplItemType, Item, ItemUse, Local, Macro, Meta, PatIdent, Path, Stmt, StmtMacro, TraitItem, TraitItemConst,
    TraitItemFn, TraitItemMacro, TraitItemType, TypeParam, Variant, Visibility,
};

use super::attributes;
use super::item_path::{ItemPath, text};
use super::resolve::Site;
use super::scope::{Definition, FileId, ModuleId, Namespace, Scope};
use super::tokens::{TokenPath, paths, quoted_paths};
use super::tree::Tree;
use super::use_tree::{Binds, imports};
use crate::tidy::cfg;

/// The importing file, the imported file, and one of the imported items.
pub(super) type Edges = BTreeMap<(FileId, FileId), String>;

pub(super) fn edges(tree: &Tree) -> Edges {
    let mut edges = Edges::new();
    for (id, module) in tree.modules.iter().enumerate() {
        let mut visitor = Visitor {
            tree,
            module: id,
            blocks: Vec::new(),
            locals: Vec::new(),
            edges: &mut edges,
        };
        module.items.iter().for_each(|item| visitor.visit_item(item));
    }
    edges
}

/// Visits every path of a module.
struct Visitor<'a> {
    tree: &'a Tree,
    module: ModuleId,
    blocks: Vec<Scope>,
    /// The variables of the enclosing functions.
    locals: Vec<Locals>,
    edges: &'a mut Edges,
}

const TYPE: [Namespace; 3] = [Namespace::Type, Namespace::Value, Namespace::Macro];
const VALUE: [Namespace; 3] = [Namespace::Value, Namespace::Type, Namespace::Macro];
const MACRO: [Namespace; 1] = [Namespace::Macro];

impl Visitor<'_> {
    fn site(&self) -> Site<'_> {
        Site {
            module: self.module,
            blocks: &self.blocks,
        }
    }

    fn path(&mut self, path: &ItemPath, namespaces: &[Namespace]) {
        let is_local = |name: &String| self.locals.iter().any(|locals| locals.names.contains(name));
        if path.segments.len() > 1 || !path.segments.iter().any(is_local) {
            let definitions = self.tree.resolve(self.site(), path, namespaces);
            self.add(definitions);
        }
    }

    /// Adds an edge for each item. A path to a module alone has no edge until there is a path into it.
    fn add(&mut self, definitions: Vec<Definition>) {
        for definition in definitions {
            if let Definition::Item { file, name } = definition {
                self.add_edge(file, name);
            }
        }
    }

    /// Adds edges for the items, and for the modules themselves.
    fn add_whole(&mut self, definitions: Vec<Definition>) {
        for definition in definitions {
            match definition {
                Definition::Item { file, name } => self.add_edge(file, name),
                Definition::Module(module) => {
                    let module = &self.tree.modules[module];
                    self.add_edge(module.file, format!("{}::*", module.name));
                }
            }
        }
    }

    fn add_edge(&mut self, to: FileId, name: String) {
        let from = self.tree.modules[self.module].file;
        if from != to {
            self.edges.entry((from, to)).or_insert(name);
        }
    }

    fn tokens(&mut self, tokens: &TokenBuffer) {
        for TokenPath { path, is_macro } in paths(tokens.begin()) {
            self.path(&path, if is_macro { &MACRO } else { &VALUE });
        }
    }

    fn with_locals(&mut self, locals: Locals, visit: impl FnOnce(&mut Self)) {
        self.locals.push(locals);
        visit(self);
        self.locals.pop();
    }
}

/// Visits nodes of these kinds unless they exist only in tests.
macro_rules! unless_test {
    ($($visit:ident: $node:ident),* $(,)?) => {
        $(fn $visit(&mut self, node: &'ast $node) {
            if !attributes::is_test(&node.attrs) {
                visit::$visit(self, node);
            }
        })*
    };
}

impl<'ast> Visit<'ast> for Visitor<'_> {
    unless_test! {
        visit_arm: Arm,
        visit_expr_block: ExprBlock,
        visit_field: Field,
        visit_field_value: FieldValue,
        visit_impl_item_const: ImplItemConst,
        visit_impl_item_fn: ImplItemFn,
        visit_impl_item_macro: ImplItemMacro,
        visit_impl_item_type: ImplItemType,
        visit_local: Local,
        visit_stmt_macro: StmtMacro,
        visit_trait_item_const: TraitItemConst,
        visit_trait_item_fn: TraitItemFn,
        visit_trait_item_macro: TraitItemMacro,
        visit_trait_item_type: TraitItemType,
        visit_variant: Variant,
    }

    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            item if attributes::is_test(cfg::of_item(item)) => {}
            // Visited as a module.
            Item::Mod(_) => {}
            Item::Verbatim(tokens) => self.tokens(&TokenBuffer::new2(tokens.clone())),
            Item::Impl(_) | Item::Trait(_) => visit::visit_item(self, item),
            _ => {
                let mut locals = Locals::default();
                locals.visit_item(item);
                self.with_locals(locals, |visitor| visit::visit_item(visitor, item));
            }
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let mut locals = Locals::default();
        locals.visit_impl_item(item);
        self.with_locals(locals, |visitor| visit::visit_impl_item(visitor, item));
    }

    fn visit_trait_item(&mut self, item: &'ast TraitItem) {
        let mut locals = Locals::default();
        locals.visit_trait_item(item);
        self.with_locals(locals, |visitor| visit::visit_trait_item(visitor, item));
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if !matches!(item.vis, Visibility::Inherited) {
            return;
        }
        for import in imports(item) {
            let definitions = self.tree.resolve_import(self.site(), &import.path);
            match import.binds {
                Binds::All => self.add_whole(definitions),
                Binds::Name(_) | Binds::Nothing => self.add(definitions),
            }
        }
    }

    fn visit_block(&mut self, block: &'ast Block) {
        let place = self.tree.place(self.module);
        let mut scope = Scope::default();
        for statement in &block.stmts {
            if let Stmt::Item(item) = statement
                && !attributes::is_test(cfg::of_item(item))
            {
                scope.add(item, &place);
            }
        }
        self.blocks.push(scope);
        visit::visit_block(self, block);
        self.blocks.pop();
    }

    fn visit_path(&mut self, path: &'ast Path) {
        self.path(&path.into(), &TYPE);
        visit::visit_path(self, path);
    }

    fn visit_expr_path(&mut self, expression: &'ast ExprPath) {
        if let Some(qself) = &expression.qself {
            self.visit_qself(qself);
        }
        self.path(&(&expression.path).into(), &VALUE);
        visit::visit_path(self, &expression.path);
    }

    fn visit_pat_ident(&mut self, pattern: &'ast PatIdent) {
        // A constant, or a variable.
        if is_constant(pattern) {
            self.path(&ItemPath::of_name(text(&pattern.ident)), &[Namespace::Value]);
        }
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.path(&(&call.path).into(), &MACRO);
        self.tokens(&TokenBuffer::new2(call.tokens.clone()));
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        let Meta::List(list) = &attribute.meta else {
            return;
        };
        if list.path.is_ident("derive") {
            return;
        }
        let tokens = TokenBuffer::new2(list.tokens.clone());
        // A single name is an option of the macro.
        let paths = paths(tokens.begin()).into_iter().map(|found| found.path);
        for path in paths.filter(|path| path.segments.len() > 1) {
            self.path(&path, &VALUE);
        }
        if list.path.is_ident("serde") {
            for path in quoted_paths(tokens.begin()) {
                let definitions = self.tree.resolve(self.site(), &path, &VALUE);
                self.add_whole(definitions);
            }
        }
    }

    fn visit_visibility(&mut self, _: &'ast Visibility) {}
}

/// The variables and type parameters of an item.
#[derive(Default)]
struct Locals {
    names: HashSet<String>,
}

impl<'ast> Visit<'ast> for Locals {
    fn visit_pat_ident(&mut self, pattern: &'ast PatIdent) {
        if !is_constant(pattern) {
            self.names.insert(text(&pattern.ident));
        }
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_type_param(&mut self, parameter: &'ast TypeParam) {
        self.names.insert(text(&parameter.ident));
        visit::visit_type_param(self, parameter);
    }
}

fn is_constant(pattern: &PatIdent) -> bool {
    let is_plain = pattern.by_ref.is_none() && pattern.mutability.is_none() && pattern.subpat.is_none();
    is_plain && text(&pattern.ident).starts_with(char::is_uppercase)
}
