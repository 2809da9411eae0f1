//! Tests paths among the tokens of macros, and paths to macros.

use super::{DEEP, MAKE, MAX, THING, UNIT, imports, imports_of};

#[test]
fn a_path_among_the_tokens_of_a_call() {
    assert_eq!(imports_of("fn f() { format!(\"{}\", crate::b::MAX); }"), [MAX]);
    assert_eq!(
        imports_of("fn f() { json!({ \"a\": { \"b\": [crate::b::MAX] } }); }"),
        [MAX]
    );
    assert_eq!(imports_of("fn f() { vec![0..crate::b::MAX]; }"), [MAX]);
    assert_eq!(
        imports_of("fn f() { assert!(matches!(g(), crate::b::Unit::Count)); }"),
        [UNIT]
    );
    assert_eq!(
        imports_of("use crate::b; fn f() { println!(\"{}\", b::make()); }"),
        [MAKE]
    );
    assert_eq!(imports_of("macro_call! { fn f(_: Vec<super::b::Thing>) {} }"), [THING]);
}

#[test]
fn a_path_in_the_body_of_a_macro() {
    assert_eq!(imports_of("macro_rules! m { () => { $crate::b::make() }; }"), [MAKE]);
    assert_eq!(imports_of("macro_rules! m { () => { crate::b::make() }; }"), [MAKE]);
    assert_eq!(
        imports_of("macro_rules! m { () => { use $crate::b::{inner::Deep}; }; }"),
        [DEEP]
    );
}

#[test]
fn a_name_among_tokens_that_a_glob_brings() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "mod inner; pub use inner::*; fn f() { assert_eq!(LIMIT, 1); }"),
        ("a/inner.rs", "pub const LIMIT: u8 = 1;"),
        ("b.rs", ""),
    ];
    assert_eq!(imports(&files), ["a.rs → a/inner.rs by crate::a::inner::LIMIT"]);
}

#[test]
fn names_that_only_look_like_paths() {
    assert_eq!(imports_of("fn f() { m!(::b::make, $b::make, 'b::make); }"), [""; 0]);
    let files = [
        (
            "lib.rs",
            "mod b; pub use b::make; fn f(a: A) { m!(a.make, A { make: 1 }); }",
        ),
        ("b.rs", "pub fn make() {}"),
    ];
    assert_eq!(imports(&files), [""; 0]);
}

#[test]
fn a_macro_is_an_item_too() {
    let exported = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "fn f() { crate::m!(); }"),
        ("b.rs", "#[macro_export] macro_rules! m { () => {}; }"),
    ];
    assert_eq!(imports(&exported), ["a.rs → b.rs by crate::b::m"]);
    let imported = [
        exported[0],
        ("a.rs", "use crate::b::m;"),
        ("b.rs", "macro_rules! m { () => {}; } pub(crate) use m;"),
    ];
    assert_eq!(imports(&imported), ["a.rs → b.rs by crate::b::m"]);
}

#[test]
fn a_macro_is_seen_from_the_modules_below() {
    let parent = [
        ("lib.rs", "macro_rules! m { () => {}; } mod a;"),
        ("a.rs", "fn f() { m!(); }"),
    ];
    assert_eq!(imports(&parent), ["a.rs → lib.rs by crate::m"]);
    let sibling = [
        ("lib.rs", "#[macro_use] mod b; mod a;"),
        ("a.rs", "fn f() { m!(); }"),
        ("b.rs", "macro_rules! m { () => {}; }"),
    ];
    assert_eq!(imports(&sibling), ["a.rs → b.rs by crate::b::m"]);
}

#[test]
fn what_a_macro_makes_is_in_the_file_that_calls_it() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::Made;"),
        ("b.rs", "make_struct!(Made);"),
    ];
    assert_eq!(imports(&files), ["a.rs → b.rs by crate::b::Made"]);
}
