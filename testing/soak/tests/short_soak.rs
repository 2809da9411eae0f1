//! A short soak, with which `cargo xtask test` checks what `cargo xtask soak` runs for an hour.

use std::path::Path;

use soak::drive::{Options, run};

/// About as many as take a minute in an unoptimized build.
const INVOCATIONS: u64 = 20_000;

#[test]
#[ignore = "it takes a minute and both cores; `cargo xtask test soak` runs it"]
fn nothing_is_lost_mixed_doubled_or_invalid() {
    run(&Options {
        invocations: INVOCATIONS,
        seed: 1,
        folder: Path::new(env!("CARGO_TARGET_TMPDIR")).join("soak"),
        row: String::new(),
        libfaketime: None,
        function: Some(env!("CARGO_BIN_EXE_soak-function").into()),
        keep: false,
    })
    .unwrap();
}
