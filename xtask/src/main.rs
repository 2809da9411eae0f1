//! The workspace's commands: demo, report, test, bench, fuzz, soak, mutants, compile-cost, tidy, api, docs, release.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::disallowed_methods)] // a program for a terminal

mod airline;
mod api;
mod application;
mod bench;
mod collector;
mod compile_cost;
mod demo;
mod docs;
mod exchange;
mod fuzz;
mod gateway;
mod json;
mod local_aws;
mod mutants;
mod npm;
mod process;
mod python;
mod quickstart;
mod release;
mod report;
mod rustdoc;
mod shopping_cart;
mod soak;
mod terminal;
mod test;
mod tidy;
mod timeline;
mod tools;
mod ui;
mod workspace;

use std::path::PathBuf;
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
    /// Deploy an example or a project to a local AWS, send it requests, and show what it logged, counted and traced
    Demo(demo::Options),
    /// Show the telemetry of functions: errors, calls, bottlenecks, queues and streams
    Report {
        /// The folder with `logs/<function>.log` and `xray.jsonl`, or `otlp.jsonl` in OTLP's file format [default: the demo's]
        folder: Option<PathBuf>,
        /// The file to write the page to [default: target/demo/report.html]
        #[arg(long)]
        output: Option<PathBuf>,
        /// Also draw the top of the page as a PNG file (requires Chromium on the PATH)
        #[arg(long)]
        picture: Option<PathBuf>,
        /// Print the report as tables and trees instead of writing a page
        #[arg(long)]
        text: bool,
    },
    /// Run all checks, or only the named steps; some run only if they are named
    Test {
        /// Steps to run [default: all]
        #[arg(value_enum)]
        steps: Vec<test::Step>,
        /// Run only the end-to-end suites with this in their name, such as `quickstart`
        #[arg(long, value_name = "NAME")]
        suite: Option<String>,
    },
    /// Measure the hot paths and their peers: times, and instructions if valgrind is installed
    Bench(bench::Options),
    /// Run the fuzz targets: any input for every reader of bytes that others wrote, and every writer of a format
    Fuzz(fuzz::Options),
    /// Change the code of the parts where a mistake costs most, one expression at a time, and see whether a test fails
    Mutants(mutants::Options),
    /// Run a function with all utilities under all faults, and count what is lost, mixed, doubled or invalid (takes up to an hour)
    Soak(soak::Options),
    /// Measure the compile cost of each parameters store, and of logs, metrics and traces: crates, seconds, bytes (takes many minutes)
    CompileCost {
        /// The rows, such as `ssm` or `toolkit`, and those that they are based on [default: all]
        rows: Vec<String>,
    },
    /// Check the crate graph, imports between files, manifests, published crates, variables, and the size of files and folders
    Tidy {
        /// First write what is generated: the tables of features in the READMEs, and of variables on the site
        #[arg(long)]
        write: bool,
    },
    /// Compare each published crate's public API with its api.txt, and the other crates' types in it with its manifest
    Api {
        /// Accept the API as it is: write it to api.txt
        #[arg(long)]
        write: bool,
    },
    /// Build documentation
    #[command(subcommand)]
    Docs(docs::Docs),
    /// Say what would be released, prepare the commit, or publish (see RELEASING.md)
    Release(release::Options),
}

fn main() -> ExitCode {
    if let Some(code) = rustdoc::run_as_rustdoc() {
        return code;
    }
    process::end_children_on_signals();
    let done = match Cli::parse().command {
        Command::Demo(options) => demo::run(&options),
        Command::Report {
            folder,
            output,
            picture,
            text,
        } => report::run(folder, output, picture.as_deref(), text),
        Command::Test { steps, suite } => test::run(&steps, suite.as_deref().unwrap_or_default()),
        Command::Bench(options) => bench::run(&options),
        Command::Fuzz(options) => fuzz::run(&options),
        Command::Mutants(options) => mutants::run(&options),
        Command::Soak(options) => soak::run(&options),
        Command::CompileCost { rows } => compile_cost::run(&rows),
        Command::Tidy { write: true } => tidy::write().and_then(|()| tidy::run()),
        Command::Tidy { write: false } => tidy::run(),
        Command::Api { write } => api::run(write),
        Command::Docs(docs) => docs::run(&docs),
        Command::Release(options) => release::run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            ui::error(&error);
            ExitCode::FAILURE
        }
    }
}
