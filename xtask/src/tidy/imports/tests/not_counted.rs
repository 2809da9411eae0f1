//! Tests code that looks like an import but does not count.

use super::{imports, imports_of};

const NONE: [&str; 0] = [];

#[test]
fn a_facades_re_exports() {
    let files = [
        ("lib.rs", "mod a;"),
        (
            "a/mod.rs",
            "mod b; pub use b::Thing; pub(crate) use b::make; pub use b::inner::*;",
        ),
        ("a/b.rs", "pub struct Thing; pub fn make() {} pub mod inner {}"),
    ];
    assert_eq!(imports(&files), NONE);
}

#[test]
fn a_declaration_or_a_use_of_a_module_alone() {
    assert_eq!(imports_of("use crate::b;"), NONE);
    assert_eq!(imports_of("use crate::b::{self}; use super::b as other;"), NONE);
}

#[test]
fn tests() {
    for test in [
        "#[cfg(test)] mod tests { use crate::b::Thing; }",
        "#[cfg(test)] use crate::b::Thing;",
        "#[cfg(all(test, feature = \"x\"))] use crate::b::Thing;",
        "#[cfg(any(test))] use crate::b::Thing;",
        "#[test] fn f() { crate::b::make(); }",
        "#[tokio::test] async fn f() { crate::b::make(); }",
        "struct A; impl A { #[cfg(test)] fn f() { crate::b::make(); } }",
        "struct A { #[cfg(test)] thing: crate::b::Thing }",
        "fn f() { #[cfg(test)] let _ = crate::b::make(); }",
        "fn f() { #[cfg(test)] { crate::b::make(); } }",
        "#![cfg(test)] use crate::b::Thing;",
    ] {
        assert_eq!(imports_of(test), NONE, "{test}");
    }
}

#[test]
fn code_that_is_there_without_tests_counts() {
    for code in [
        "#[cfg(not(test))] use crate::b::Thing;",
        "#[cfg(any(test, feature = \"test-util\"))] use crate::b::Thing;",
        "#[cfg(feature = \"test\")] use crate::b::Thing;",
    ] {
        assert_eq!(imports_of(code), [super::THING], "{code}");
    }
}

#[test]
fn files_that_only_tests_declare() {
    let files = [
        ("lib.rs", "mod a; #[cfg(test)] mod a_tests; pub struct Root;"),
        ("a.rs", "#[cfg(test)] mod below;"),
        ("a/below.rs", "use crate::Root;"),
        ("a_tests.rs", "use crate::Root;"),
    ];
    assert_eq!(imports(&files), NONE);
}

#[test]
fn comments_and_derives() {
    assert_eq!(
        imports_of("/// Like [`crate::b::Thing`].\n// crate::b::make()\nstruct A;"),
        NONE
    );
    assert_eq!(imports_of("#[doc = \"crate::b::Thing\"] struct A;"), NONE);
    assert_eq!(imports_of("#[derive(crate::b::Thing)] struct A;"), NONE);
    assert_eq!(imports_of("fn f() { m!(\"crate::b::Thing\"); }"), NONE);
}

#[test]
fn an_external_crate_of_a_modules_name() {
    assert_eq!(imports_of("use b::Thing; fn f() { b::make(); m!(b::make()); }"), NONE);
    assert_eq!(imports_of("use ::b::Thing; fn f() { ::b::make(); }"), NONE);
    assert_eq!(imports_of("extern crate b as other; fn f() { other::make(); }"), NONE);
    let root = [
        ("lib.rs", "mod b; fn f() { ::b::make(); }"),
        ("b.rs", "pub fn make() {}"),
    ];
    assert_eq!(imports(&root), NONE);
}

#[test]
fn a_re_export_of_another_crate() {
    let files = [
        ("lib.rs", "mod a; pub use tracing; pub use tracing::Span;"),
        (
            "a.rs",
            "use crate::tracing::Level; fn f(_: crate::Span) { crate::tracing::info!(1); }",
        ),
    ];
    assert_eq!(imports(&files), NONE);
}

#[test]
fn a_re_export_of_everything_in_another_crate() {
    let files = [
        ("lib.rs", "mod a; pub use tracing::*;"),
        (
            "a.rs",
            "use crate::Level; fn f() { crate::info!(1); crate::Level::go(); }",
        ),
    ];
    assert_eq!(imports(&files), NONE);
}

#[test]
fn a_variable_or_a_parameter_of_a_name_that_is_in_scope() {
    let files = [
        (
            "lib.rs",
            "mod b; pub use b::*; fn f(make: u8) { g(make); m!(make); } fn h<T>(_: T) {}",
        ),
        ("b.rs", "pub fn make() {} pub struct T;"),
    ];
    assert_eq!(imports(&files), NONE);
}

#[test]
fn paths_inside_one_file() {
    let a = "pub struct A; mod x { use super::A; pub fn f(_: crate::a::A) {} } fn g() { x::f(A); self::x::f(A); }";
    assert_eq!(imports_of(a), NONE);
}

#[test]
fn a_visibility() {
    let files = [
        ("lib.rs", "mod a; pub struct Root;"),
        ("a.rs", "pub(in crate::Root) struct A; pub(super) fn f() {}"),
    ];
    assert_eq!(imports(&files), NONE);
}
