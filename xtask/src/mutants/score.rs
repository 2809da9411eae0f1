//! `Score`, the outcomes of the changes in an area.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// The outcomes of the changes in an area.
pub(super) struct Score {
    area: &'static str,
    totals: Totals,
    /// The changes that no test noticed.
    pub(super) survivors: Vec<String>,
    taken: Duration,
}

/// The totals of cargo-mutants, in its file `outcomes.json`.
#[derive(Deserialize)]
struct Totals {
    total_mutants: usize,
    caught: usize,
    missed: usize,
    /// Changes with which the tests did not end; these count as noticed.
    timeout: usize,
    /// Changes that do not compile.
    unviable: usize,
}

impl Score {
    pub(super) const HEADING: &'static str = "area          killed  timeouts  survived  unviable  seconds";

    /// Reads the folder that cargo-mutants has written.
    pub(super) fn read(area: &'static str, folder: &Path, taken: Duration) -> Result<Self> {
        let read = |name| {
            let file = folder.join(name);
            std::fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))
        };
        Self::of(area, &read("outcomes.json")?, &read("missed.txt")?, taken)
    }

    fn of(area: &'static str, outcomes: &str, missed: &str, taken: Duration) -> Result<Self> {
        let totals: Totals = serde_json::from_str(outcomes)?;
        let ended = totals.caught + totals.missed + totals.timeout + totals.unviable;
        // If the baseline fails, there are no totals.
        ensure!(
            ended > 0 && ended == totals.total_mutants,
            "only {ended} of {} changes were tried",
            totals.total_mutants
        );
        Ok(Self {
            area,
            totals,
            survivors: missed.lines().map(str::to_owned).collect(),
            taken,
        })
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Totals {
            caught,
            timeout,
            missed,
            unviable,
            ..
        } = self.totals;
        write!(
            f,
            "{:12} {caught:>7} {timeout:>9} {missed:>9} {unviable:>9} {:>8}",
            self.area,
            self.taken.as_secs()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(outcomes: &str) -> Result<Score> {
        Score::of(
            "batch",
            outcomes,
            "a.rs:1:2: replace + with -\n",
            Duration::from_secs(61),
        )
    }

    #[test]
    fn the_totals_of_cargo_mutants_are_read() {
        let outcomes = r#"{"outcomes": [], "total_mutants": 10, "caught": 5, "missed": 1, "timeout": 3, "unviable": 1, "success": 0}"#;
        let score = score(outcomes).unwrap();
        assert_eq!(
            score.to_string(),
            "batch              5         3         1         1       61"
        );
        assert_eq!(score.to_string().len(), Score::HEADING.len());
        assert_eq!(score.survivors, ["a.rs:1:2: replace + with -"]);
    }

    #[test]
    fn a_run_that_was_cut_short_has_no_score() {
        for outcomes in [
            r#"{"total_mutants": 10, "caught": 5, "missed": 1, "timeout": 0, "unviable": 1}"#,
            r#"{"total_mutants": 0, "caught": 0, "missed": 0, "timeout": 0, "unviable": 0}"#,
        ] {
            assert!(score(outcomes).is_err());
        }
    }
}
