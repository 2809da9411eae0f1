//! `cargo xtask demo`: runs an application in a local AWS and shows its telemetry.

mod outcome;
pub(crate) mod project;
mod quickstart;
mod shopping_cart;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};

#[derive(Args)]
pub(crate) struct Options {
    #[arg(value_enum, default_value_t)]
    example: Example,
    /// Deploy the function of this folder instead, such as one made from a template, and send it the files of `events/`
    #[arg(long, value_name = "FOLDER", conflicts_with = "example")]
    project: Option<PathBuf>,
    /// Leave the local AWS running, and print how to call the functions
    #[arg(long)]
    keep: bool,
    /// Build the functions in release mode: they run faster, but the build takes many minutes
    #[arg(long)]
    release: bool,
}

/// The examples that `cargo xtask demo` can run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Example {
    /// Ten functions: an API, a product service, a queue's worker and a stream's aggregator
    #[default]
    ShoppingCart,
    /// One function behind an API
    Quickstart,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let (keep, release) = (options.keep, options.release);
    match (&options.project, options.example) {
        (Some(folder), _) => project::run(folder, keep, release),
        (None, Example::ShoppingCart) => shopping_cart::run(keep, release),
        (None, Example::Quickstart) => quickstart::run(keep, release),
    }
}
