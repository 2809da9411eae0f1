//! Runs the function `soak-function` of the same folder under all faults, and counts what it wrote; see the library.

use clap::Parser;
use soak::drive::{Options, run};

fn main() -> anyhow::Result<()> {
    run(&Options::parse())
}
