//! `cargo xtask demo`: runs an application in a local AWS and shows its telemetry.

mod airline;
mod outcome;
pub(crate) mod project;
mod quickstart;
mod shopping_cart;

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::{Args, ValueEnum};

use crate::application::Traces;

#[derive(Args)]
pub(crate) struct Options {
    #[arg(value_enum, default_value_t)]
    example: Example,
    /// Deploy the function of this folder instead, such as one made from a template, and send it the files of `events/`
    #[arg(long, value_name = "FOLDER", conflicts_with = "example")]
    project: Option<PathBuf>,
    /// Send the traces to an OpenTelemetry collector instead of the X-Ray daemon
    #[arg(long, conflicts_with = "project")]
    otlp: bool,
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
    /// An airline's booking: a saga under Step Functions, and loyalty points behind SNS and EventBridge
    Airline,
    /// One function behind an API
    Quickstart,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let (keep, release) = (options.keep, options.release);
    let traces = if options.otlp { Traces::Otlp } else { Traces::XRay };
    match (&options.project, options.example) {
        (Some(folder), _) => project::run(folder, keep, release),
        (None, Example::ShoppingCart) => shopping_cart::run(traces, keep, release),
        (None, Example::Airline) => {
            ensure!(
                !options.otlp,
                "only the shopping cart and the quickstart can send their traces as OTLP"
            );
            airline::run(keep, release)
        }
        (None, Example::Quickstart) => quickstart::run(traces, keep, release),
    }
}
