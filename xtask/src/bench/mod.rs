//! `cargo xtask bench`: measures the hot paths and their peers.
//!
//! It is not part of `cargo xtask test`, because a time is not a requirement. The name of a bench determines its kind:
//! `NAME_instructions` counts instructions under valgrind with gungraun, and its results repeat almost exactly; all others
//! measure time with divan. `--check` compares the counts with a file of the repository, `--against` both kinds with another
//! commit.

mod against;
mod baseline;
mod check;
mod comparison;
mod counts;
mod runner;
mod suite;
mod targets;
mod times;
mod toolchain;

use anyhow::{Result, ensure};
use clap::Args;

use self::runner::Runner;
use self::suite::{Kind, Suite, Tree};
use crate::ui;

#[derive(Args)]
pub(crate) struct Options {
    /// Parts of the names of benches or packages, such as `tracer` [default: all]
    names: Vec<String>,
    /// Count instructions only, and fail if a path needs more than in benches/instructions.json
    #[arg(long, conflicts_with_all = ["bless", "against"])]
    check: bool,
    /// Count instructions only, and write them to benches/instructions.json
    #[arg(long, conflicts_with = "against")]
    bless: bool,
    /// Run the same benches on this commit too, in turns, and print both results and their ratio
    #[arg(long, value_name = "REVISION")]
    against: Option<String>,
}

/// Runs the benches whose name or package name contains one of the given names, or all benches if no name is given.
pub(crate) fn run(options: &Options) -> Result<()> {
    let metadata = suite::metadata()?;
    let suite = Suite::of(&metadata, &options.names)?;
    if options.check || options.bless {
        let runner = Runner::find(&metadata)?.required()?;
        return check::run(&metadata, &suite, &runner, &options.names, options.bless);
    }
    if let Some(revision) = &options.against {
        let runner = Runner::find(&metadata)?;
        return against::run(&options.names, &suite, runner.path(), revision);
    }
    run_here(&suite, &Runner::find(&metadata)?)
}

fn run_here(suite: &Suite, runner: &Runner) -> Result<()> {
    let tree = Tree::here()?;
    for (kind, heading) in [(Kind::Time, "Times"), (Kind::Instructions, "Instructions")] {
        let benches = suite.of_kind(kind);
        if benches.is_empty() {
            continue;
        }
        ui::heading(heading);
        if let (Kind::Instructions, Runner::Absent(why)) = (kind, runner) {
            println!("skipped: {why}");
            continue;
        }
        let mut command = tree.bench(&benches);
        command.envs(runner.path().map(|path| (runner::VARIABLE, path)));
        println!("{}", suite::shown(&command));
        let status = command.status()?;
        ensure!(status.success(), "the benches failed ({status})");
    }
    Ok(())
}
