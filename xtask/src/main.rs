//! The workspace's commands: demo, test, bench, tidy, release.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::disallowed_methods)] // a program for a terminal

mod bench;
mod compile_cost;
mod datagrams;
mod demo;
mod local_aws;
mod process;
mod quickstart;
mod release;
mod report;
mod service_graph;
mod stack;
mod telemetry;
mod test;
mod tidy;
mod ui;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The workspace's commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Deploy the quickstart function to a local AWS, send it requests, and show what it logged, counted and traced
    Demo {
        /// Leave the local AWS running, and say how to call the function
        #[arg(long)]
        keep: bool,
        /// Build the function as for production: it is faster then, but the build takes many minutes
        #[arg(long)]
        release: bool,
    },
    /// Run every check there is, or only the named steps
    Test {
        /// Steps to run; all of them when none is named
        #[arg(value_enum)]
        steps: Vec<test::Step>,
    },
    /// Measure the hot paths beside their peers: times, and instructions where valgrind is
    Bench {
        /// Parts of names of benches or of their packages, such as `tracer`; all of them when none is given
        names: Vec<String>,
    },
    /// Measure what each of the parameters' stores compiles in: crates, seconds, bytes (takes many minutes)
    CompileCost,
    /// Check the crate graph, the manifests and the shape of the sources
    Tidy,
    /// Package every published crate in dependency order and build it from its tarball (dry run: nothing is published)
    Release {
        /// Package uncommitted changes too
        #[arg(long)]
        allow_dirty: bool,
    },
}

fn main() -> ExitCode {
    process::end_children_on_signals();
    let done = match Cli::parse().command {
        Command::Demo { keep, release } => demo::run(keep, release),
        Command::Test { steps } => test::run(&steps),
        Command::Bench { names } => bench::run(&names),
        Command::CompileCost => compile_cost::run(),
        Command::Tidy => tidy::run(),
        Command::Release { allow_dirty } => release::run(allow_dirty),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            ui::error(&error);
            ExitCode::FAILURE
        }
    }
}
