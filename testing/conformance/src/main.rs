//! `conformance <utility> < case.json`: replays one case and prints the utility's output.
#![allow(clippy::print_stdout)] // a program for a terminal

use std::io::Read;

use anyhow::{Context, Result};
use conformance::Case;

fn main() -> Result<()> {
    let utility = std::env::args().nth(1).context("usage: conformance UTILITY < CASE")?;
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    for line in conformance::replay(&utility, &Case::parse(&text)?)? {
        println!("{line}");
    }
    Ok(())
}
