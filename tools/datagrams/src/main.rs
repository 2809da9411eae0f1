//! Measures how many bytes of a trace are lost between a function and the X-Ray daemon, by the size of the datagrams.
//!
//! `sudo target/release/datagrams`, after `cargo build --release -p datagrams`. It needs Linux, `ip` and the right to
//! create network namespaces. The two ends are in namespaces of their own, connected by a pair of virtual Ethernet
//! devices with an MTU of 1,500 bytes; the daemon's socket has the default receive buffer.

#![allow(clippy::print_stdout)] // it prints its results

mod burst;
mod daemon;
mod function;
mod link;
mod trace;

use std::fmt::Write as _;

use anyhow::{Context as _, Result, bail};

use crate::burst::INVOCATIONS;
use crate::daemon::Reading;
use crate::link::{Link, Outcome};
use crate::trace::Tree;

/// The limits to compare, in bytes of a document; 0 is a document for each span.
const LIMITS: [usize; 9] = [0, 1_400, 2_800, 4_200, 8_400, 16_000, 24_000, 32_000, 64_000];

fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let words: Vec<_> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        [] => compare(),
        ["daemon", reading] => daemon::run(Reading::parse(reading)?),
        ["function", tree, limit] => function::run(Tree::parse(tree)?, limit.parse().context("the limit")?),
        _ => bail!("it takes no arguments"),
    }
}

/// Prints a table for each form of tree.
fn compare() -> Result<()> {
    let link = Link::create()?;
    for tree in Tree::ALL {
        let spans = tree.parents().len();
        println!(
            "{INVOCATIONS} invocations at once, {spans} spans each, {}",
            tree.described()
        );
        println!("| limit | datagrams | bytes | lost, daemon busy | whole | lost, daemon reading | whole |");
        println!("|---|---|---|---|---|---|---|");
        for limit in LIMITS {
            let sent = trace::datagrams(tree, limit);
            let mut row = format!(
                "| {limit} | {} | {} |",
                sent.len(),
                sent.iter().map(|sent| sent.bytes).sum::<usize>()
            );
            for reading in [Reading::Late, Reading::Immediately] {
                let outcome = link.burst(tree, limit, reading)?;
                let Outcome { lost, percent, whole } = outcome;
                write!(row, " {lost} ({percent} %) | {whole} of {INVOCATIONS} |")?;
            }
            println!("{row}");
        }
        println!();
    }
    Ok(())
}
