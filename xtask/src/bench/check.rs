//! `cargo xtask bench --check` and `--bless`: compares instruction counts with those in the repository.
//!
//! Times are never compared, because they depend on the machine and on what else it does.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, ensure};
use cargo_metadata::Metadata;
use console::style;

use super::baseline::{self, Baseline, Taken};
use super::counts::{self, Counts};
use super::suite::{Bench, Kind, Suite, Tree};
use super::toolchain::{self, Toolchain};
use crate::ui;

/// How many more instructions a path may need, as a fraction. Counts vary by less, with the seeds of hash maps and the digits of times.
const TOLERANCE: f64 = 0.02;

/// How many more instructions a path may need in any case, because a single one exceeds the tolerance of a short path.
const SLACK: u64 = 20;

/// Parts of the names of paths that are not ours and are measured for comparison only.
const PEERS: [&str; 18] = [
    "by_hand",
    "by_tree",
    "by_type",
    "embedded",
    "floor",
    "join_all",
    "json_subscriber",
    "lambda_default",
    "logger_alone",
    "metrique",
    "moka",
    "nothing",
    "opentelemetry",
    "spawn::",
    "tracing_subscriber",
    "a_loop",
    "without_the_interceptor",
    "with_one_that_does_nothing",
];

/// Counts the instructions of the chosen benches and compares them with the file, or writes them to it.
pub(crate) fn run(metadata: &Metadata, suite: &Suite, runner: &Path, names: &[String], bless: bool) -> Result<()> {
    let benches = suite.of_kind(Kind::Instructions);
    ensure!(
        !benches.is_empty(),
        "no bench that counts instructions matches {}",
        names.join(" or ")
    );
    let counts = ours(counts::count(&Tree::here()?, &benches, &benches, runner)?);
    let taken = taken(metadata, &benches, counts)?;
    let mut baseline = baseline::read()?;
    if bless {
        if names.is_empty() {
            baseline.clear(); // also of benches that no longer exist
        }
        let paths: usize = taken.values().map(|taken| taken.instructions.len()).sum();
        baseline.extend(taken);
        baseline::write(&baseline)?;
        println!("{paths} paths written to benches/instructions.json");
        return Ok(());
    }
    ui::heading("Instructions");
    let mut failed = 0;
    for (bench, now) in &taken {
        let findings = compare(bench, baseline.get(bench), now);
        failed += findings.iter().filter(|finding| finding.fails()).count();
        for finding in &findings {
            print(finding);
        }
    }
    ensure!(
        failed == 0,
        "{failed} paths differ from benches/instructions.json. Profile them, or accept them: cargo xtask bench --bless {}",
        names.join(" ")
    );
    Ok(())
}

/// What a comparison has found.
#[derive(Debug, PartialEq)]
enum Finding {
    /// Counts of this bench cannot be compared, and why.
    NotComparable(String, String),
    /// Dependencies of the bench changed since the counts were taken, which may explain differences.
    OtherPackages(String),
    /// The path's old and new count are within the tolerance.
    Same(String, u64, u64),
    Fewer(String, u64, u64),
    More(String, u64, u64),
    /// The path is not in the file.
    New(String, u64),
    /// The path is in the file, and was not measured.
    Gone(String, u64),
}

impl Finding {
    /// Returns whether `--check` fails: more instructions, or a path that is only in the file or only measured.
    fn fails(&self) -> bool {
        matches!(self, Self::More(..) | Self::New(..) | Self::Gone(..))
    }
}

fn compare(bench: &str, before: Option<&Taken>, now: &Taken) -> Vec<Finding> {
    let none = BTreeMap::new();
    let mut findings = Vec::new();
    if let Some(before) = before {
        if let Some(why) = now.toolchain().differs_from(&before.toolchain()) {
            return vec![Finding::NotComparable(bench.to_owned(), why)];
        }
        if before.packages != now.packages {
            findings.push(Finding::OtherPackages(bench.to_owned()));
        }
    }
    let before = before.map_or(&none, |before| &before.instructions);
    let name = |path: &str| format!("{bench}::{path}");
    for (path, &count) in &now.instructions {
        findings.push(match before.get(path) {
            None => Finding::New(name(path), count),
            Some(&old) if count > old + tolerated(old) => Finding::More(name(path), old, count),
            Some(&old) if count + tolerated(old) < old => Finding::Fewer(name(path), old, count),
            Some(&old) => Finding::Same(name(path), old, count),
        });
    }
    let gone = before.iter().filter(|(path, _)| !now.instructions.contains_key(*path));
    findings.extend(gone.map(|(path, &old)| Finding::Gone(name(path), old)));
    findings
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss
)] // far below 2^52
fn tolerated(count: u64) -> u64 {
    ((count as f64 * TOLERANCE) as u64).max(SLACK)
}

fn ours(mut counts: Counts) -> Counts {
    for (bench, paths) in &mut counts {
        let _ = bench;
        paths.retain(|path, _| !PEERS.iter().any(|peer| path.contains(peer)));
    }
    counts
}

fn taken(metadata: &Metadata, benches: &[&Bench], mut counts: Counts) -> Result<Baseline> {
    let toolchain = Toolchain::here()?;
    let mut taken = Baseline::new();
    for bench in benches {
        let counted = counts.remove(&bench.name).unwrap_or_default();
        ensure!(!counted.is_empty(), "{} printed no counts", bench.name);
        let packages = toolchain::packages(metadata, &bench.package)?;
        taken.insert(bench.name.clone(), Taken::new(&toolchain, packages, counted));
    }
    Ok(taken)
}

fn print(finding: &Finding) {
    match finding {
        Finding::NotComparable(bench, why) => println!("{bench}: not comparable: {why}"),
        Finding::OtherPackages(bench) => println!(
            "{bench}: its dependencies in Cargo.lock changed since its counts were taken, which may explain differences"
        ),
        Finding::Same(path, old, new) => println!("{}", style(line(path, *old, *new)).dim()),
        Finding::Fewer(path, old, new) => {
            println!("{} (accept it with --bless)", style(line(path, *old, *new)).green());
        }
        Finding::More(path, old, new) => println!("{}", style(line(path, *old, *new)).red().bold()),
        Finding::New(path, new) => println!("{}", style(format!("{path}: not in the file → {new}")).red()),
        Finding::Gone(path, old) => println!("{}", style(format!("{path}: {old} → not measured")).red()),
    }
}

#[allow(clippy::cast_precision_loss)] // far below 2^52
fn line(path: &str, old: u64, new: u64) -> String {
    let percent = (new as f64 / old as f64 - 1.0) * 100.0;
    format!("{path}: {old} → {new} ({percent:+.1} %)")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(compiler: &str, packages: &str, counts: &[(&str, u64)]) -> Taken {
        let toolchain = Toolchain {
            compiler: compiler.to_owned(),
            libc: "glibc 2.36".to_owned(),
        };
        let counts = counts.iter().map(|(path, count)| ((*path).to_owned(), *count));
        Taken::new(&toolchain, packages.to_owned(), counts.collect())
    }

    #[test]
    fn a_path_may_need_two_percent_more_or_twenty_instructions() {
        for (old, new, fails) in [
            (10_000, 10_000, false),
            (10_000, 10_200, false),
            (10_000, 10_201, true),
            (10_000, 9_000, false),
            (19, 39, false),
            (19, 40, true),
        ] {
            let before = taken("1.95", "a", &[("path", old)]);
            let findings = compare("b", Some(&before), &taken("1.95", "a", &[("path", new)]));
            assert_eq!(findings.iter().any(Finding::fails), fails, "{old} {new}");
        }
    }

    #[test]
    fn a_difference_names_the_path_and_both_counts() {
        let before = taken(
            "1.95",
            "a",
            &[("more", 100), ("fewer", 100), ("same", 100), ("gone", 7)],
        );
        let now = taken("1.95", "a", &[("more", 200), ("fewer", 50), ("same", 101), ("new", 8)]);
        assert_eq!(
            compare("b", Some(&before), &now),
            [
                Finding::Fewer("b::fewer".to_owned(), 100, 50),
                Finding::More("b::more".to_owned(), 100, 200),
                Finding::New("b::new".to_owned(), 8),
                Finding::Same("b::same".to_owned(), 100, 101),
                Finding::Gone("b::gone".to_owned(), 7),
            ]
        );
        assert_eq!(line("b::more", 100, 200), "b::more: 100 → 200 (+100.0 %)");
    }

    #[test]
    fn another_toolchain_is_not_comparable_and_does_not_fail() {
        let before = taken("1.95", "a", &[("path", 100)]);
        let findings = compare("b", Some(&before), &taken("1.96", "b", &[("path", 900)]));
        let why = "here 1.96, there 1.95".to_owned();
        assert_eq!(findings, [Finding::NotComparable("b".to_owned(), why)]);
        assert!(!findings.iter().any(Finding::fails));
    }

    #[test]
    fn other_dependencies_are_compared_and_named() {
        let before = taken("1.95", "a", &[("path", 100)]);
        let findings = compare("b", Some(&before), &taken("1.95", "b", &[("path", 900)]));
        let more = Finding::More("b::path".to_owned(), 100, 900);
        assert_eq!(findings, [Finding::OtherPackages("b".to_owned()), more]);
    }

    #[test]
    fn a_bench_that_is_not_in_the_file_fails() {
        let findings = compare("b", None, &taken("1.95", "a", &[("path", 1)]));
        assert_eq!(findings, [Finding::New("b::path".to_owned(), 1)]);
        assert!(findings.iter().all(Finding::fails));
    }

    #[test]
    fn peers_are_not_checked() {
        let paths = [
            "l1_record::powertools",
            "l1_record::lambda_default",
            "m1_floor::floor",
            "ours::ten",
            "join_all::ten",
        ];
        let paths = paths.map(|path| (path.to_owned(), 1));
        let counts = ours(Counts::from([("b".to_owned(), paths.into())]));
        let left: Vec<_> = counts["b"].keys().map(String::as_str).collect();
        assert_eq!(left, ["l1_record::powertools", "ours::ten"]);
    }
}
