//! Tests each form of a path that imports.

use super::{DEEP, DO, MAKE, MAX, THING, UNIT, imports, imports_of};

#[test]
fn a_use_of_an_item() {
    assert_eq!(imports_of("use crate::b::Thing;"), [THING]);
    assert_eq!(imports_of("use super::b::Thing;"), [THING]);
    assert_eq!(imports_of("use crate::{b::{Unit}};"), [UNIT]);
    assert_eq!(imports_of("use crate::b::Thing as Other;"), [THING]);
    assert_eq!(imports_of("use crate::b::Do as _;"), [DO]);
    assert_eq!(imports_of("use crate::b::r#make;"), [MAKE]);
}

#[test]
fn a_use_of_a_variant_is_of_its_enum() {
    assert_eq!(imports_of("use crate::b::Unit::Count;"), [UNIT]);
    assert_eq!(imports_of("use crate::b::Unit::{self, Count};"), [UNIT]);
    assert_eq!(imports_of("use crate::b::Unit::*;"), [UNIT]);
}

#[test]
fn a_use_of_everything_is_of_the_module() {
    assert_eq!(imports_of("use crate::b::*;"), ["a.rs → b.rs by crate::b::*"]);
}

#[test]
fn what_a_glob_brings_is_an_import_of_the_file_that_defines_it() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "use crate::b::*; fn f() -> Thing { make() }"),
        ("b.rs", "pub use crate::c::{Thing, make};"),
        ("c.rs", "pub struct Thing; pub fn make() -> Thing { Thing }"),
    ];
    let expected = ["a.rs → b.rs by crate::b::*", "a.rs → c.rs by crate::c::Thing"];
    assert_eq!(imports(&files), expected);
}

#[test]
fn a_use_in_a_function() {
    assert_eq!(imports_of("fn f() { use crate::b::Thing; }"), [THING]);
    assert_eq!(
        imports_of("fn f() { use crate::b::inner; { let _ = inner::Deep; } }"),
        [DEEP]
    );
    let files = [
        ("lib.rs", "mod a; mod b; mod c;"),
        (
            "a.rs",
            "fn f() { use crate::b::*; if g() { make(); } } fn h() { make(); }",
        ),
        ("b.rs", "pub use crate::c::make;"),
        ("c.rs", "pub fn make() {}"),
    ];
    let expected = ["a.rs → b.rs by crate::b::*", "a.rs → c.rs by crate::c::make"];
    assert_eq!(imports(&files), expected);
}

#[test]
fn a_module_in_scope_leads_to_its_items() {
    assert_eq!(imports_of("use crate::b; fn f() { b::make(); }"), [MAKE]);
    assert_eq!(imports_of("use crate::b::{self}; fn f() { b::make(); }"), [MAKE]);
    assert_eq!(imports_of("use crate::b as other; fn f() { other::make(); }"), [MAKE]);
    assert_eq!(
        imports_of("use crate::b::{self as other}; fn f(_: other::Thing) {}"),
        [THING]
    );
    assert_eq!(imports_of("use super::b::inner; fn f(_: inner::Deep) {}"), [DEEP]);
    assert_eq!(imports_of("fn f() { use crate::b; { b::make(); } }"), [MAKE]);
}

#[test]
fn a_path_in_an_expression() {
    assert_eq!(imports_of("fn f() { crate::b::make(); }"), [MAKE]);
    assert_eq!(imports_of("fn f() { super::b::make(); }"), [MAKE]);
    assert_eq!(imports_of("fn f() { self::super::b::make(); }"), [MAKE]);
    assert_eq!(imports_of("fn f() { let _ = crate::b::Unit::Count; }"), [UNIT]);
    assert_eq!(imports_of("fn f() { let _ = Some(1).map(|_| crate::b::MAX); }"), [MAX]);
    assert_eq!(imports_of("const ALL: [u8; crate::b::MAX as usize] = [0];"), [MAX]);
    assert_eq!(imports_of("fn f() { let _ = crate::b::Thing {}; }"), [THING]);
    assert_eq!(imports_of("fn f() { Vec::<crate::b::Thing>::new(); }"), [THING]);
    assert_eq!(imports_of("struct A; fn f() { <A as crate::b::Do>::go(); }"), [DO]);
    assert_eq!(imports_of("fn f() { <crate::b::Thing>::go(); }"), [THING]);
}

#[test]
fn a_path_in_a_type_or_a_bound() {
    assert_eq!(imports_of("struct A { things: Vec<crate::b::Thing> }"), [THING]);
    assert_eq!(imports_of("fn f<D: crate::b::Do>() {}"), [DO]);
    assert_eq!(imports_of("fn f<D>() where D: crate::b::Do {}"), [DO]);
    assert_eq!(imports_of("fn f(_: &dyn crate::b::Do) {}"), [DO]);
    assert_eq!(imports_of("type A = crate::b::inner::Deep;"), [DEEP]);
}

#[test]
fn an_impl_of_or_for_another_files_item() {
    assert_eq!(imports_of("struct A; impl crate::b::Do for A { fn go() {} }"), [DO]);
    assert_eq!(imports_of("impl crate::b::Thing { fn f() {} }"), [THING]);
}

#[test]
fn a_path_in_a_pattern() {
    assert_eq!(
        imports_of("fn f(n: u8) { match n { crate::b::MAX => {} _ => {} } }"),
        [MAX]
    );
    assert_eq!(imports_of("fn f() { if let crate::b::Unit::Count = g() {} }"), [UNIT]);
    assert_eq!(imports_of("fn f() { let crate::b::Thing {} = g(); }"), [THING]);
}

#[test]
fn a_constant_that_a_facade_brings_into_its_own_scope() {
    let files = [
        (
            "lib.rs",
            "mod b; pub use b::MAX; fn f(n: u8) { match n { MAX => {} _ => {} } }",
        ),
        ("b.rs", "pub const MAX: u8 = 1;"),
    ];
    assert_eq!(imports(&files), ["lib.rs → b.rs by crate::b::MAX"]);
}

#[test]
fn an_attribute_of_a_derive_macro() {
    let with = "#[derive(Serialize)] struct A { #[serde(serialize_with = \"crate::b::make\")] a: u8 }";
    assert_eq!(imports_of(with), [MAKE]);
    let module = "#[derive(Serialize)] struct A { #[serde(with = \"crate::b\")] a: u8 }";
    assert_eq!(imports_of(module), ["a.rs → b.rs by crate::b::*"]);
    let parser = "#[derive(Parser)] struct A { #[arg(value_parser = crate::b::make)] a: u8 }";
    assert_eq!(imports_of(parser), [MAKE]);
}

#[test]
fn an_item_of_the_root_or_of_a_mod_rs() {
    let files = [
        ("lib.rs", "mod a; pub struct Root;"),
        ("a/mod.rs", "mod b; pub struct Parent;"),
        ("a/b.rs", "use crate::Root; use super::Parent;"),
    ];
    let expected = [
        "a/b.rs → a/mod.rs by crate::a::Parent",
        "a/b.rs → lib.rs by crate::Root",
    ];
    assert_eq!(imports(&files), expected);
}

#[test]
fn a_child_of_the_module_needs_no_use() {
    let files = [
        ("lib.rs", "mod b; fn f() { b::make(); self::b::make(); }"),
        ("b.rs", "pub fn make() {}"),
    ];
    assert_eq!(imports(&files), ["lib.rs → b.rs by crate::b::make"]);
}

#[test]
fn a_module_and_a_function_of_one_name_are_two() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c; pub use c::b;"),
        ("a.rs", "use crate::b; fn f(_: b::Thing) {}"),
        ("b.rs", "pub struct Thing;"),
        ("c.rs", "pub fn b() {}"),
    ];
    // The `use` imports both.
    assert_eq!(
        imports(&files),
        ["a.rs → b.rs by crate::b::Thing", "a.rs → c.rs by crate::c::b"]
    );
    let module_only = [
        files[0],
        ("a.rs", "use crate::b::{self}; fn f(_: b::Thing) {}"),
        files[2],
        files[3],
    ];
    assert_eq!(imports(&module_only), ["a.rs → b.rs by crate::b::Thing"]);
}
