//! Tests the imports that are found in source trees in memory.

mod forms;
mod layout;
mod macros;
mod not_counted;
mod reexports;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::check_one;
use super::edges::edges;
use super::tree::Tree;

/// Reads a crate with these files, the first of which is its root.
fn tree(files: &[(&str, &str)]) -> Tree {
    let texts: BTreeMap<_, _> = files.iter().map(|(name, text)| (PathBuf::from(name), *text)).collect();
    let read = |file: &Path| texts.get(file).map(|text| (*text).to_owned());
    Tree::load(Path::new(files[0].0), &read).unwrap()
}

/// Returns the imports between the files, each as `a.rs → b.rs by crate::b::Thing`, in order.
fn imports(files: &[(&str, &str)]) -> Vec<String> {
    let tree = tree(files);
    let name = |file: usize| tree.files[file].display().to_string();
    let found = edges(&tree).into_iter();
    let mut lines: Vec<_> = found
        .map(|((from, to), item)| format!("{} → {} by {item}", name(from), name(to)))
        .collect();
    lines.sort();
    lines
}

/// Returns the imports of an `a.rs` with this text, next to a `b.rs` that defines a few items.
fn imports_of(a: &str) -> Vec<String> {
    const B: &str = "pub struct Thing; pub enum Unit { Count } pub fn make() -> Thing { Thing } pub const MAX: u8 = 1; \
                     pub trait Do { fn go(); } pub mod inner { pub struct Deep; }";
    imports(&[("lib.rs", "mod a; mod b;"), ("a.rs", a), ("b.rs", B)])
}

const THING: &str = "a.rs → b.rs by crate::b::Thing";
const UNIT: &str = "a.rs → b.rs by crate::b::Unit";
const MAKE: &str = "a.rs → b.rs by crate::b::make";
const MAX: &str = "a.rs → b.rs by crate::b::MAX";
const DO: &str = "a.rs → b.rs by crate::b::Do";
const DEEP: &str = "a.rs → b.rs by crate::b::inner::Deep";

#[test]
fn a_circle_is_shown_with_its_files_and_the_items_of_a_shortest_round() {
    let tree = tree(&[
        ("x/src/lib.rs", "mod a; mod b; mod c;"),
        ("x/src/a.rs", "use crate::b::B; pub struct A;"),
        ("x/src/b.rs", "use crate::c::{C, D}; use crate::a; pub struct B(a::A);"),
        ("x/src/c.rs", "use crate::a::A; pub struct C; pub struct D;"),
    ]);
    let expected = "3 files import each other: src/a.rs, src/b.rs, src/c.rs\
                    \n    src/a.rs → src/b.rs by crate::b::B\
                    \n    src/b.rs → src/a.rs by crate::a::A";
    assert_eq!(check_one(&tree, Path::new("x")), [expected]);
}

#[test]
fn imports_in_one_direction_are_not_a_circle() {
    let tree = tree(&[
        ("lib.rs", "mod a; mod b; pub use a::A; fn f() { b::f() }"),
        ("a.rs", "use crate::b; pub struct A; fn f() { b::f() }"),
        ("b.rs", "pub fn f() {}"),
    ]);
    assert_eq!(check_one(&tree, Path::new("")), [""; 0]);
}
