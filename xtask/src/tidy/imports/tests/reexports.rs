//! Tests that re-exports lead to the file that defines the item.

use super::imports;

const INIT_ERROR: (&str, &str) = ("init_error.rs", "pub struct InitError;");
const EXPECTED: &str = "a.rs → init_error.rs by crate::init_error::InitError";

#[test]
fn a_re_export_in_the_root() {
    let files = [
        ("lib.rs", "mod a; mod init_error; pub use init_error::InitError;"),
        ("a.rs", "use crate::InitError;"),
        INIT_ERROR,
    ];
    assert_eq!(imports(&files), [EXPECTED]);
}

#[test]
fn a_re_export_under_another_name() {
    let files = [
        (
            "lib.rs",
            "mod a; mod init_error; pub use init_error::InitError as Error;",
        ),
        ("a.rs", "fn f(_: crate::Error) {}"),
        INIT_ERROR,
    ];
    assert_eq!(imports(&files), [EXPECTED]);
}

#[test]
fn a_chain_of_re_exports() {
    let files = [
        ("lib.rs", "mod a; mod b; mod init_error; pub use b::InitError;"),
        ("a.rs", "use crate::InitError;"),
        ("b.rs", "pub(crate) use crate::init_error::InitError;"),
        INIT_ERROR,
    ];
    assert_eq!(imports(&files), [EXPECTED]);
}

#[test]
fn a_re_export_of_everything() {
    let files = [
        ("lib.rs", "mod a; mod b; mod init_error; pub use b::*;"),
        ("a.rs", "use crate::InitError;"),
        ("b.rs", "pub use crate::init_error::*;"),
        INIT_ERROR,
    ];
    assert_eq!(imports(&files), [EXPECTED]);
}

#[test]
fn re_exports_of_everything_in_a_circle_end() {
    let files = [
        ("lib.rs", "mod a; mod b; mod init_error; pub use b::*;"),
        ("a.rs", "use crate::InitError; use crate::Missing;"),
        ("b.rs", "pub use crate::*; pub use crate::init_error::*;"),
        INIT_ERROR,
    ];
    assert_eq!(imports(&files), [EXPECTED, "a.rs → lib.rs by crate::Missing"]);
}

#[test]
fn a_re_export_of_a_module() {
    let files = [
        ("lib.rs", "mod a; mod b; mod init_error;"),
        ("a.rs", "use crate::b::errors; fn f(_: errors::InitError) {}"),
        ("b.rs", "pub use crate::init_error as errors;"),
        INIT_ERROR,
    ];
    assert_eq!(imports(&files), [EXPECTED]);
}

#[test]
fn a_parents_private_use() {
    let files = [
        ("lib.rs", "mod b; mod init_error;"),
        ("b/mod.rs", "mod c; use crate::init_error::InitError;"),
        ("b/c.rs", "use super::InitError;"),
        INIT_ERROR,
    ];
    let expected = [
        "b/c.rs → init_error.rs by crate::init_error::InitError",
        "b/mod.rs → init_error.rs by crate::init_error::InitError",
    ];
    assert_eq!(imports(&files), expected);
}

#[test]
fn a_glob_brings_no_private_names() {
    let files = [
        ("lib.rs", "mod a; mod b; mod init_error;"),
        ("a.rs", "use crate::b::*; fn f(_: InitError) {}"),
        ("b.rs", "use crate::init_error::InitError;"),
        INIT_ERROR,
    ];
    let expected = [
        "a.rs → b.rs by crate::b::*",
        "b.rs → init_error.rs by crate::init_error::InitError",
    ];
    assert_eq!(imports(&files), expected);
}

#[test]
fn a_facade_that_uses_what_it_re_exports_imports_it() {
    let files = [
        (
            "lib.rs",
            "mod init_error; pub use init_error::InitError; pub fn f(_: InitError) {}",
        ),
        INIT_ERROR,
    ];
    assert_eq!(
        imports(&files),
        ["lib.rs → init_error.rs by crate::init_error::InitError"]
    );
}
