//! `Trial`, one run of a target.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Result, ensure};

use super::tool::Tool;
use crate::workspace;

/// What a run of a target did.
pub(super) struct Trial {
    pub(super) target: String,
    executions: u64,
    /// The inputs that reached code which no input had reached before.
    added: u64,
    /// The inputs that failed, each in a file.
    pub(super) found: Vec<PathBuf>,
}

impl Trial {
    pub(super) const HEADING: &'static str = "target             executions  new inputs  found";

    /// Runs a target for a time, or until it finds something.
    ///
    /// New inputs are kept under `target/fuzz/corpus`, so that a later run continues with them; the repository's seeds stay few.
    pub(super) fn run(tool: &Tool, target: String, seconds: u64) -> Result<Self> {
        let [corpus, findings] = ["corpus", "findings"].map(|kind| tool.folder.join(kind).join(&target));
        for folder in [&corpus, &findings] {
            std::fs::create_dir_all(folder)?;
        }
        let before = files(&findings)?;
        let log = tool.folder.join(format!("{target}.log"));
        let fuzz = workspace::root().join("fuzz");
        let mut command = tool.command(&target);
        command
            .args([&corpus, &fuzz.join("corpus").join(&target)])
            .arg(format!("-max_total_time={seconds}"))
            // The timeout is for one input, which takes no longer than a few milliseconds.
            .args(["-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"])
            .arg(format!("-dict={}", fuzz.join("words.dict").display()))
            .arg(format!("-artifact_prefix={}/", findings.display()));
        let status = command.stdout(Stdio::null()).stderr(File::create(&log)?).status()?;
        let printed = String::from_utf8_lossy(&std::fs::read(&log)?).into_owned();
        let mut found = files(&findings)?;
        found.retain(|file| !before.contains(file));
        // The same input may have been found before.
        let is_known = || printed.contains("Test unit written to");
        ensure!(
            status.success() || !found.is_empty() || is_known(),
            "the target {target} ended with {status}; what it printed is in {}",
            log.display()
        );
        if !status.success() && found.is_empty() {
            found = before;
        }
        Ok(Self {
            executions: statistic(&printed, "number_of_executed_units"),
            added: statistic(&printed, "new_units_added"),
            target,
            found,
        })
    }
}

impl fmt::Display for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            target,
            executions,
            added,
            found,
        } = self;
        write!(f, "{target:16} {executions:>12} {added:>11}  ")?;
        match found.len() {
            0 => f.write_str("nothing"),
            count => write!(f, "{count}"),
        }
    }
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let files = std::fs::read_dir(folder)?.map(|file| Ok(file?.path()));
    files.collect()
}

/// Returns one of libFuzzer's final statistics, such as `stat::new_units_added: 7`.
fn statistic(printed: &str, name: &str) -> u64 {
    let lines = printed.lines().filter_map(|line| line.strip_prefix("stat::"));
    let mut values = lines.filter_map(|line| line.strip_prefix(name)?.trim_start_matches(':').trim().parse().ok());
    values.next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_final_statistics_of_libfuzzer_are_read() {
        let printed =
            "Done 123 runs in 2 second(s)\nstat::number_of_executed_units: 123\nstat::new_units_added:          7\n";
        assert_eq!(statistic(printed, "number_of_executed_units"), 123);
        assert_eq!(statistic(printed, "new_units_added"), 7);
        assert_eq!(statistic("", "new_units_added"), 0);
    }

    #[test]
    fn a_row_says_what_was_found() {
        let mut trial = Trial {
            target: "metrics".to_owned(),
            executions: 1_000,
            added: 3,
            found: Vec::new(),
        };
        assert_eq!(trial.to_string(), "metrics                  1000           3  nothing");
        assert_eq!(trial.to_string().find("nothing"), Trial::HEADING.find("found"));
        trial.found.push("target/fuzz/findings/metrics/crash-1".into());
        assert!(trial.to_string().ends_with("  1"));
    }
}
