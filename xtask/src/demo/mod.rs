//! `cargo xtask demo`: an application in a local AWS, and what came out of it.

mod outcome;
mod quickstart;
mod shopping_cart;

use anyhow::Result;
use clap::ValueEnum;

/// What `cargo xtask demo` can show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Example {
    /// Ten functions: an API, a product service, a queue's worker and a stream's aggregator
    #[default]
    ShoppingCart,
    /// One function behind an API
    Quickstart,
}

pub(crate) fn run(example: Example, keep: bool, release: bool) -> Result<()> {
    match example {
        Example::ShoppingCart => shopping_cart::run(keep, release),
        Example::Quickstart => quickstart::run(keep, release),
    }
}
