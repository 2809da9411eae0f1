//! Checks that a published crate compiles on Linux, macOS and Windows: Unix-only code must be behind `cfg(unix)`.
//!
//! Tests are not checked. A file that is only for Unix begins with `#![cfg(unix)]`.

use std::path::Path;

use anyhow::{Context, Result};
use cargo_metadata::{Dependency, DependencyKind};
use syn::visit::{self, Visit};
use syn::{Arm, Attribute, Expr, Field, ImplItem, Item, Macro, Meta, Stmt, TraitItem, UseTree};

use crate::tidy::{cfg, files};

/// Modules that exist only on Unix.
const MODULES: [&[&str]; 8] = [
    &["std", "os", "fd"],
    &["std", "os", "linux"],
    &["std", "os", "macos"],
    &["std", "os", "unix"],
    &["tokio", "net", "UnixDatagram"],
    &["tokio", "net", "UnixListener"],
    &["tokio", "net", "UnixStream"],
    &["tokio", "signal", "unix"],
];

/// Crates that exist only on Unix, or have a different API there.
const CRATES: [&str; 4] = ["libc", "nix", "rustix", "signal-hook"];

pub(super) fn check_dependencies(dependencies: &[Dependency]) -> Vec<String> {
    let unix_only = dependencies.iter().filter(|dependency| {
        dependency.kind != DependencyKind::Development && CRATES.contains(&dependency.name.as_str())
    });
    let unguarded = unix_only.filter(|dependency| {
        let target = dependency.target.as_ref().map(ToString::to_string).unwrap_or_default();
        !implies_unix(&target)
    });
    unguarded
        .map(|dependency| {
            let name = &dependency.name;
            format!("{name} is a dependency outside [target.'cfg(unix)'.dependencies]")
        })
        .collect()
}

pub(super) fn check_sources(package: &Path) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for file in files::files(&package.join("src"), &["rs"])? {
        let text = std::fs::read_to_string(&file)?;
        let name = file.strip_prefix(package).unwrap_or(&file).display();
        let found = check_text(&text).with_context(|| format!("{name} cannot be parsed"))?;
        problems.extend(
            found
                .into_iter()
                .map(|path| format!("{name}: `{path}` is outside `cfg(unix)`, so that Windows does not compile")),
        );
    }
    Ok(problems)
}

/// Returns the Unix-only paths in a source file that are not behind `cfg(unix)`.
fn check_text(text: &str) -> Result<Vec<String>> {
    let mut search = Search::default();
    let file = syn::parse_file(text)?;
    if !is_guarded(&file.attrs) {
        search.visit_file(&file);
    }
    Ok(search.found)
}

/// Returns whether a target of a manifest, such as `cfg(unix)`, excludes Windows.
fn implies_unix(target: &str) -> bool {
    let condition = syn::parse_str(target).ok();
    let predicate = condition.and_then(|condition: Meta| match condition {
        Meta::List(list) if list.path.is_ident("cfg") => list.parse_args().ok(),
        _ => None,
    });
    predicate.is_some_and(|predicate| cfg::implies(&predicate, &is_unix))
}

fn is_unix(predicate: &Meta) -> bool {
    match predicate {
        Meta::Path(path) => path.is_ident("unix"),
        Meta::NameValue(pair) => {
            let Expr::Lit(value) = &pair.value else { return false };
            let syn::Lit::Str(value) = &value.lit else { return false };
            (pair.path.is_ident("target_os") && ["linux", "macos"].contains(&value.value().as_str()))
                || (pair.path.is_ident("target_family") && value.value() == "unix")
        }
        Meta::List(_) => false,
    }
}

/// Returns whether the code exists only on Unix or in tests.
fn is_guarded(attributes: &[Attribute]) -> bool {
    cfg::requires(attributes, &|predicate| {
        is_unix(predicate) || predicate.path().is_ident("test")
    })
}

/// Collects the paths that are not behind `cfg(unix)`.
#[derive(Default)]
struct Search {
    found: Vec<String>,
}

impl Search {
    fn path(&mut self, names: &[String]) {
        let is_below = |module: &&[&str]| names.len() >= module.len() && names.iter().zip(*module).all(|(a, b)| a == b);
        // `use std::os;` would hide the rest of the path.
        if MODULES.iter().any(is_below) || names == ["std", "os"] {
            self.found.push(names.join("::"));
        }
    }

    fn use_tree(&mut self, before: &[String], tree: &UseTree) {
        let with = |name: String| [before, &[name]].concat();
        match tree {
            UseTree::Path(path) => self.use_tree(&with(path.ident.to_string()), &path.tree),
            UseTree::Name(name) if name.ident == "self" => self.path(before),
            UseTree::Name(name) => self.path(&with(name.ident.to_string())),
            UseTree::Rename(name) => self.path(&with(name.ident.to_string())),
            UseTree::Glob(_) => self.path(before),
            UseTree::Group(group) => group.items.iter().for_each(|item| self.use_tree(before, item)),
        }
    }
}

/// Skips guarded code, in the methods of `Visit` for nodes that can have a `cfg`.
macro_rules! unless_guarded {
    ($($method:ident($node:ident: $of:ty) = $attributes:expr;)*) => {
        $(fn $method(&mut self, $node: &'ast $of) {
            if !is_guarded($attributes) {
                visit::$method(self, $node);
            }
        })*
    };
}

impl<'ast> Visit<'ast> for Search {
    unless_guarded! {
        visit_arm(node: Arm) = &node.attrs;
        visit_field(node: Field) = &node.attrs;
        visit_expr_block(node: syn::ExprBlock) = &node.attrs;
        visit_local(node: syn::Local) = &node.attrs;
        visit_field_value(node: syn::FieldValue) = &node.attrs;
        visit_variant(node: syn::Variant) = &node.attrs;
        visit_stmt(node: Stmt) = attributes_of_statement(node);
        visit_item(node: Item) = cfg::of_item(node);
        visit_impl_item(node: ImplItem) = attributes_of_impl_item(node);
        visit_trait_item(node: TraitItem) = attributes_of_trait_item(node);
    }

    fn visit_item_use(&mut self, node: &'ast syn::ItemUse) {
        self.use_tree(&[], &node.tree);
    }

    fn visit_path(&mut self, node: &'ast syn::Path) {
        let names: Vec<_> = node.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.path(&names);
        visit::visit_path(self, node);
    }

    fn visit_macro(&mut self, node: &'ast Macro) {
        // Its tokens are not parsed, so a `cfg` inside is not seen.
        let tokens = node.tokens.to_string().replace(' ', "");
        let module = MODULES.iter().map(|module| module.join("::"));
        self.found
            .extend(module.filter(|module| tokens.contains(module.as_str())));
    }
}

fn attributes_of_statement(statement: &Stmt) -> &[Attribute] {
    match statement {
        Stmt::Local(local) => &local.attrs,
        Stmt::Macro(call) => &call.attrs,
        Stmt::Expr(expression, _) => attributes_of_expression(expression),
        Stmt::Item(_) => &[],
    }
}

fn attributes_of_expression(expression: &Expr) -> &[Attribute] {
    match expression {
        Expr::Assign(it) => &it.attrs,
        Expr::Await(it) => &it.attrs,
        Expr::Block(it) => &it.attrs,
        Expr::Call(it) => &it.attrs,
        Expr::ForLoop(it) => &it.attrs,
        Expr::If(it) => &it.attrs,
        Expr::Macro(it) => &it.attrs,
        Expr::Match(it) => &it.attrs,
        Expr::MethodCall(it) => &it.attrs,
        Expr::Return(it) => &it.attrs,
        Expr::Try(it) => &it.attrs,
        _ => &[],
    }
}

fn attributes_of_impl_item(item: &ImplItem) -> &[Attribute] {
    match item {
        ImplItem::Const(it) => &it.attrs,
        ImplItem::Fn(it) => &it.attrs,
        ImplItem::Macro(it) => &it.attrs,
        ImplItem::Type(it) => &it.attrs,
        _ => &[],
    }
}

fn attributes_of_trait_item(item: &TraitItem) -> &[Attribute] {
    match item {
        TraitItem::Const(it) => &it.attrs,
        TraitItem::Fn(it) => &it.attrs,
        TraitItem::Macro(it) => &it.attrs,
        TraitItem::Type(it) => &it.attrs,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_only_unix_has_is_found_wherever_it_is_named() {
        for (code, expected) in [
            ("use std::os::fd::AsFd;", "std::os::fd::AsFd"),
            ("use std::{io, os::unix::{self, fs}};", "std::os::unix"),
            ("use std::os;", "std::os"),
            ("fn f(fd: impl std::os::fd::AsFd) {}", "std::os::fd::AsFd"),
            (
                "fn f() { let s = tokio::net::UnixStream::connect(x); }",
                "tokio::net::UnixStream::connect",
            ),
            (
                "fn f() { tokio::select! { _ = tokio::signal::unix::signal(kind) => {} } }",
                "tokio::signal::unix",
            ),
            (
                "#[cfg(any(unix, feature = \"a\"))] use std::os::fd::AsFd;",
                "std::os::fd::AsFd",
            ),
        ] {
            assert_eq!(
                check_text(code).unwrap().first().map(String::as_str),
                Some(expected),
                "{code}"
            );
        }
    }

    #[test]
    fn code_for_unix_and_for_tests_may_use_it() {
        for code in [
            "#[cfg(unix)] use std::os::fd::AsFd;",
            "#[cfg(all(unix, feature = \"a\"))] fn f(fd: impl std::os::fd::AsFd) {}",
            "#[cfg(target_os = \"linux\")] mod m { use std::os::fd::AsFd; }",
            "#![cfg(unix)]\nuse std::os::fd::AsFd;",
            "impl A { #[cfg(unix)] fn f(fd: impl std::os::fd::AsFd) {} }",
            "struct A { #[cfg(unix)] fd: std::os::fd::OwnedFd }",
            "fn f() { #[cfg(unix)] let fd = std::os::fd::f(); #[cfg(unix)] { std::os::fd::g() } }",
            "fn f() { #[cfg(unix)] std::os::fd::g(); match x { #[cfg(unix)] _ => std::os::fd::h(), _ => {} } }",
            "#[cfg(test)] mod tests { use std::os::fd::AsFd; }",
            "use std::os::raw::c_int;",
        ] {
            assert_eq!(check_text(code).unwrap(), [""; 0], "{code}");
        }
    }

    #[test]
    fn a_crate_of_unix_is_a_dependency_of_unix() {
        let problems = |name: &str, kind: Option<&str>, target: Option<&str>| {
            let dependency = json!({
                "name": name, "req": "1", "kind": kind, "target": target, "optional": false,
                "uses_default_features": true, "features": [],
            });
            check_dependencies(&[serde_json::from_value(dependency).unwrap()]).len()
        };
        assert_eq!(problems("rustix", None, None), 1);
        assert_eq!(problems("rustix", Some("build"), None), 1);
        assert_eq!(problems("libc", None, Some("cfg(any(unix, windows))")), 1);
        assert_eq!(problems("rustix", None, Some("cfg(unix)")), 0);
        assert_eq!(problems("nix", None, Some("cfg(target_os = \"linux\")")), 0);
        assert_eq!(problems("rustix", Some("dev"), None), 0);
        assert_eq!(problems("tokio", None, None), 0);
    }
}
