//! Compiles the mistakes in `tests/ui` and compares what the compiler says with the `.stderr` next to each.
//!
//! After a change: `TRYBUILD=overwrite cargo test -p compile-fail`, then read the differences.

use std::process::Command;

/// The compiler whose messages are recorded; another one words them differently.
const RUSTC: &str = "rustc 1.95.0 ";

#[test]
#[allow(clippy::unwrap_used, clippy::print_stderr)]
fn the_compiler_says_what_to_write_instead() {
    let output = Command::new("rustc").arg("--version").output().unwrap();
    let version = String::from_utf8(output.stdout).unwrap();
    if !version.starts_with(RUSTC) {
        eprintln!("skipped: the messages are those of {RUSTC}and this is {version}");
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
