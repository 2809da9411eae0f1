#![doc = include_str!("../README.md")]
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::unwrap_used, clippy::expect_used)] // a tool for tests

mod batch;
mod case;
mod instant;
mod logger;
mod metrics;
pub mod normal;
mod parameters;
mod python;

pub use case::Case;

use anyhow::{Result, bail};

/// Replays a case of `utility`; returns the lines it prints.
///
/// # Errors
///
/// When the utility has no replayer, or the case says something that the replayer does not know.
pub fn replay(utility: &str, case: &Case) -> Result<Vec<String>> {
    match utility {
        "logger" => logger::replay(case),
        "parameters" => parameters::replay(case),
        "metrics" => metrics::replay(case),
        "batch" => batch::replay(case),
        _ => bail!("there is no replayer for {utility:?}"),
    }
}
