//! `cargo xtask demo`: runs an application in a local AWS and shows its telemetry.

mod airline;
mod outcome;
mod quickstart;
mod shopping_cart;

use anyhow::{Result, ensure};
use clap::ValueEnum;

use crate::application::Traces;

/// The examples that `cargo xtask demo` can run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Example {
    /// Ten functions: an API, a product service, a queue's worker and a stream's aggregator
    #[default]
    ShoppingCart,
    /// An airline's booking: a saga under Step Functions, and loyalty points behind SNS and EventBridge
    Airline,
    /// One function behind an API
    Quickstart,
}

pub(crate) fn run(example: Example, traces: Traces, keep: bool, release: bool) -> Result<()> {
    match example {
        Example::ShoppingCart => shopping_cart::run(traces, keep, release),
        Example::Airline => {
            ensure!(traces == Traces::XRay, "only the shopping cart and the quickstart can send their traces as OTLP");
            airline::run(keep, release)
        }
        Example::Quickstart => quickstart::run(traces, keep, release),
    }
}
