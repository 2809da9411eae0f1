#![doc = include_str!("../README.md")]
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::unwrap_used, clippy::expect_used)] // a tool for tests

mod batch;
mod case;
mod feature_flags;
mod idempotency;
mod instant;
mod jmespath;
mod logger;
mod metrics;
pub mod normal;
mod parameters;
mod python;

pub use case::Case;
pub use jmespath::select;

use anyhow::{Result, bail};

/// Replays a case of `utility` and returns the lines that it prints.
///
/// # Errors
///
/// If the utility has no replayer, or the case contains something that the replayer does not support.
pub fn replay(utility: &str, case: &Case) -> Result<Vec<String>> {
    match utility {
        "logger" => logger::replay(case),
        "parameters" => parameters::replay(case),
        "metrics" => metrics::replay(case),
        "batch" => batch::replay(case),
        "feature_flags" => feature_flags::replay(case),
        "idempotency" => idempotency::replay(case),
        _ => bail!("no replayer for {utility:?}"),
    }
}
