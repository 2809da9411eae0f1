//! Tests where the files of modules are found.

use super::{imports, tree};

#[test]
fn modules_in_files_and_in_folders() {
    let files = [
        ("src/lib.rs", "mod a; mod b;"),
        ("src/a.rs", "mod below; fn f() { below::g(); }"),
        ("src/a/below.rs", "pub fn g() {}"),
        ("src/b/mod.rs", "mod below; fn f() { below::g(); }"),
        ("src/b/below.rs", "pub fn g() {}"),
    ];
    let expected = [
        "src/a.rs → src/a/below.rs by crate::a::below::g",
        "src/b/mod.rs → src/b/below.rs by crate::b::below::g",
    ];
    assert_eq!(imports(&files), expected);
}

#[test]
fn an_inline_module_belongs_to_its_file() {
    let files = [
        ("lib.rs", "mod a; mod b { pub mod c { pub struct C; } }"),
        ("a.rs", "use crate::b::c::C;"),
    ];
    assert_eq!(imports(&files), ["a.rs → lib.rs by crate::b::c::C"]);
    let reverse = [
        ("lib.rs", "mod a; mod b { mod c { use super::super::a::A; } }"),
        ("a.rs", "pub struct A;"),
    ];
    assert_eq!(imports(&reverse), ["lib.rs → a.rs by crate::a::A"]);
}

#[test]
fn a_file_below_an_inline_module() {
    let files = [
        ("lib.rs", "mod a;"),
        (
            "a.rs",
            "pub mod inline { pub mod below; }  fn f() { inline::below::g(); }",
        ),
        ("a/inline/below.rs", "pub fn g() {}"),
    ];
    assert_eq!(
        imports(&files),
        ["a.rs → a/inline/below.rs by crate::a::inline::below::g"]
    );
}

#[test]
fn a_path_attribute() {
    let files = [
        (
            "src/lib.rs",
            "#[path = \"../shared/x.rs\"] mod a; fn f() { a::below::g(); }",
        ),
        ("shared/x.rs", "pub mod below; pub fn h() {}"),
        ("shared/below.rs", "use super::h; pub fn g() {}"),
    ];
    let expected = [
        "shared/below.rs → shared/x.rs by crate::a::h",
        "src/lib.rs → shared/below.rs by crate::a::below::g",
    ];
    assert_eq!(imports(&files), expected);
}

#[test]
fn a_path_attribute_in_an_inline_module() {
    let files = [
        ("lib.rs", "mod a;"),
        (
            "a.rs",
            "mod inline { #[path = \"x.rs\"] pub mod below; fn f() { below::g(); } }",
        ),
        ("a/inline/x.rs", "pub fn g() {}"),
    ];
    assert_eq!(imports(&files), ["a.rs → a/inline/x.rs by crate::a::inline::below::g"]);
}

#[test]
fn two_modules_between_which_a_cfg_chooses() {
    let files = [
        (
            "lib.rs",
            "mod a; #[cfg(unix)] mod b; #[cfg(not(unix))] #[path = \"c.rs\"] mod b;",
        ),
        ("a.rs", "use crate::b::make;"),
        ("b.rs", "pub fn make() {}"),
        ("c.rs", "pub fn make() {}"),
    ];
    let expected = ["a.rs → b.rs by crate::b::make", "a.rs → c.rs by crate::b::make"];
    assert_eq!(imports(&files), expected);
}

#[test]
fn a_file_of_two_modules_is_one_file() {
    let tree = tree(&[
        ("lib.rs", "#[path = \"x.rs\"] mod a; #[path = \"./x.rs\"] mod b;"),
        ("x.rs", ""),
    ]);
    assert_eq!(tree.files.len(), 2);
}
