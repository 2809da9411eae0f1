//! `cargo xtask mutants`: changes the code, one expression at a time, and prints how many changes no test noticed.

mod area;
mod score;

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use self::area::Area;
use self::score::Score;
use crate::{tools, ui, workspace};

/// The version of cargo-mutants that is installed.
const VERSION: &str = "27.1.0";

/// How many schedules the model of idempotency tries for each change, because a hundred thousand would take longer than all other
/// tests.
const SCHEDULES: &str = "2000";

/// What to change.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The area [default: all, one after the other]
    #[arg(value_enum)]
    area: Option<Area>,
    /// Change only these files of the area: a path, or a pattern such as `crates/core/src/invocation/m*.rs`
    #[arg(long, value_name = "PATH", requires = "area")]
    file: Vec<String>,
}

/// Runs cargo-mutants for one area, or for all. Its options, and the changes that no test can notice, are in
/// `.cargo/mutants.toml`.
///
/// # Errors
///
/// Returns an error if a change was not noticed, or if the tests fail without a change.
pub(crate) fn run(options: &Options) -> Result<()> {
    let program = tools::installed("cargo-mutants", VERSION)?;
    let target = workspace::target()?.join("mutants");
    let mut scores = Vec::new();
    for area in options.area.map_or_else(|| Area::ALL.to_vec(), |area| vec![area]) {
        ui::heading(&format!("Mutants of {}", area.package()));
        let output = target.join(area.name());
        std::fs::create_dir_all(&output)?;
        let mut command = Command::new(&program);
        command
            .args(["mutants", "--package", area.package(), "--jobs", "1", "--output"])
            .arg(&output)
            .current_dir(workspace::root())
            // The copies of the tree are in folders with other names, but share the compiled dependencies.
            .env("CARGO_TARGET_DIR", target.join("build"))
            .env("IDEMPOTENCY_SCHEDULES", SCHEDULES);
        let files: Vec<_> = if options.file.is_empty() {
            area.files().to_vec()
        } else {
            options.file.iter().map(String::as_str).collect()
        };
        for file in files {
            command.args(["--file", file]);
        }
        let started = Instant::now();
        let status = command.status().context("cargo-mutants cannot be started")?;
        let score = Score::read(area.name(), &output.join("mutants.out"), started.elapsed());
        scores.push(score.with_context(|| format!("cargo-mutants ended with {status}"))?);
    }
    ui::heading("Mutants");
    println!("{}", Score::HEADING);
    for score in &scores {
        println!("{score}");
    }
    let survivors: Vec<_> = scores.iter().flat_map(|score| &score.survivors).collect();
    for survivor in &survivors {
        println!("survived: {survivor}");
    }
    ensure!(survivors.is_empty(), "no test noticed {} changes", survivors.len());
    Ok(())
}
