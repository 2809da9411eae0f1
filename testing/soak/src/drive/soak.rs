//! The whole soak: ledgers, rounds, counts, planted faults, and the table.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use super::plans::{entries, plans};
use super::round::{Measured, Round};
use super::rows::{Row, rows};
use super::system_clock;
use super::table::{Line, grouped, table};
use crate::count::plant::{Fault, Place, plant};
use crate::count::{Capture, Findings, Kind, count};
use crate::ledger::{Ledger, write};

/// What to run.
#[derive(Debug, clap::Parser)]
pub struct Options {
    /// About how many invocations
    #[arg(long)]
    pub invocations: u64,
    /// Repeats a run
    #[arg(long)]
    pub seed: u64,
    /// Where ledgers, captured bytes and the table are written
    #[arg(long)]
    pub folder: PathBuf,
    /// Only the rows with this in their name
    #[arg(long, default_value = "")]
    pub row: String,
    /// The function [default: `soak-function` in the folder of this program]
    #[arg(long)]
    pub function: Option<PathBuf>,
    /// The library `libfaketimeMT.so.1`, with which the system clock jumps [default: that of Debian's package, if it is installed]
    #[arg(long)]
    pub libfaketime: Option<PathBuf>,
    /// Do not remove the captured bytes of rounds in which nothing was found
    #[arg(long)]
    pub keep: bool,
}

/// Runs the soak, and writes its table to `table.md`.
///
/// # Errors
///
/// Returns an error if something is lost, mixed, doubled or invalid, if the heap grows, if a planted fault is not found, or
/// if a function stops answering.
pub fn run(options: &Options) -> Result<()> {
    let started = Instant::now();
    let program = match &options.function {
        Some(function) => function.clone(),
        None => std::env::current_exe()?.with_file_name("soak-function"),
    };
    ensure!(program.exists(), "{} is not built", program.display());
    let libfaketime = options.libfaketime.clone().or_else(system_clock::installed);
    if libfaketime.is_none() {
        println!("libfaketime is not installed, so the rows in which the system clock jumps are left out");
    }
    let mut rows = rows(options.invocations, libfaketime.as_deref());
    rows.retain(|row| row.name.contains(&options.row));
    ensure!(!rows.is_empty(), "no row has {:?} in its name", options.row);
    let soak = Soak {
        options,
        program: &program,
    };
    soak.write_ledgers(&rows)?;
    let mut lines = Vec::new();
    let mut first = 0;
    for row in &rows {
        let line = soak.row(row, first)?;
        first += row.rounds.len() as u64;
        print_line(&line);
        lines.push(line);
    }
    let planted = if options.row.is_empty() { soak.plant()? } else { 0 };
    let text = table(&lines);
    let seconds = started.elapsed().as_secs();
    std::fs::write(options.folder.join("table.md"), &text)?;
    std::fs::write(options.folder.join("seconds"), seconds.to_string())?;
    println!("\n{text}");
    println!(
        "{seconds} s; seed {}; {planted} planted faults, each found",
        options.seed
    );
    let is_wrong = |line: &&Line| !line.findings.is_clean() || line.has_grown();
    let wrong: Vec<_> = lines.iter().filter(is_wrong).map(|line| &*line.name).collect();
    ensure!(wrong.is_empty(), "not everything is right in: {}", wrong.join("; "));
    Ok(())
}

struct Soak<'a> {
    options: &'a Options,
    program: &'a Path,
}

impl Soak<'_> {
    /// Writes what each round owes, before the first one begins.
    fn write_ledgers(&self, rows: &[Row]) -> Result<()> {
        let folder = self.options.folder.join("ledgers");
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        for (index, round) in rows.iter().flat_map(|row| &row.rounds).enumerate() {
            self.write_ledger(round, index as u64)?;
        }
        Ok(())
    }

    fn write_ledger(&self, round: &Round, index: u64) -> Result<()> {
        let (entries, groups) = entries(round, &plans(round, self.options.seed, index));
        write(&self.ledger(index), round.terms.clone(), entries, groups)
    }

    fn ledger(&self, index: u64) -> PathBuf {
        self.options.folder.join("ledgers").join(format!("{index}.jsonl"))
    }

    /// Runs the rounds of a row, and counts what came out of each.
    fn row(&self, row: &Row, first: u64) -> Result<Line> {
        let started = Instant::now();
        let mut line = Line {
            name: row.name.to_owned(),
            at_once: row.at_once(),
            reason: row.reason().to_owned(),
            findings: Findings::default(),
            seconds: 0.0,
            memory: Vec::new(),
        };
        for (index, round) in (first..).zip(&row.rounds) {
            let (findings, measured) = self.round(round, index).with_context(|| format!("in {:?}", row.name))?;
            line.findings.add(findings);
            line.memory.extend(measured.memory);
        }
        line.seconds = started.elapsed().as_secs_f64();
        Ok(line)
    }

    fn round(&self, round: &Round, index: u64) -> Result<(Findings, Measured)> {
        let folder = self.options.folder.join("captured").join(index.to_string());
        let capture = Capture::create(&folder)?;
        let plans = plans(round, self.options.seed, index);
        let measured = round.run(self.program, &plans, &capture)?;
        let findings = count(&capture, &Ledger::read(&self.ledger(index))?)?;
        if findings.is_clean() && !self.options.keep {
            std::fs::remove_dir_all(&folder)?;
        }
        Ok((findings, measured))
    }

    /// Runs a short round, and counts its bytes again with each planted fault.
    fn plant(&self) -> Result<usize> {
        const INDEX: u64 = 900;
        let rows = rows(3_000, None);
        let round = rows.iter().flat_map(|row| &row.rounds).find(|round| round.at_once == 8);
        let round = round.context("no row has 8 at once")?;
        self.write_ledger(round, INDEX)?;
        let capture = Capture::create(&self.options.folder.join("planted"))?;
        round.run(self.program, &plans(round, self.options.seed, INDEX), &capture)?;
        let ledger = Ledger::read(&self.ledger(INDEX))?;
        let findings = count(&capture, &ledger)?;
        ensure!(
            findings.is_clean(),
            "before anything is planted: {:?}",
            findings.examples
        );
        let mut planted = 0;
        for place in Place::ALL {
            for fault in Fault::ALL {
                let changed = plant(&capture, fault, place, &self.options.folder.join("changed"))?;
                let findings = count(&changed, &ledger)?;
                let expected = match fault {
                    Fault::Loss => Kind::Lost,
                    Fault::Mix => Kind::Mixed,
                    Fault::Double => Kind::Doubled,
                    Fault::Cut => Kind::Invalid,
                };
                if findings.of(expected) == 0 {
                    bail!(
                        "the planted {fault:?} of a {place:?} was not found: {:?}",
                        findings.examples
                    );
                }
                planted += 1;
            }
        }
        Ok(planted)
    }
}

fn print_line(line: &Line) {
    let found = &line.findings;
    let counts = [Kind::Lost, Kind::Mixed, Kind::Doubled, Kind::Invalid].map(|kind| found.of(kind));
    println!(
        "{:56} {:>9} invocations, {:>9} owed, {counts:?} wrong, {} not owed, {:.1} s",
        line.name,
        grouped(found.invocations),
        grouped(found.owed),
        grouped(found.excused),
        line.seconds
    );
    for example in &found.examples {
        println!("    {example}");
    }
}
