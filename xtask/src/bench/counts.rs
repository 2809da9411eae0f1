//! [`count`] runs benches under valgrind and returns the instructions of each path.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::runner;
use super::suite::{Bench, Tree, shown};

/// The instructions of the paths of each bench: `record_instructions` → `record::l1_record::powertools` → 3,392.
pub(crate) type Counts = BTreeMap<String, BTreeMap<String, u64>>;

/// Runs benches in a checkout, which are `built` together with others, and returns their counts.
pub(crate) fn count(tree: &Tree, built: &[&Bench], benches: &[&Bench], runner: &Path) -> Result<Counts> {
    if benches.is_empty() {
        return Ok(Counts::new());
    }
    let mut command = tree.bench_built(built, benches);
    println!("{}", shown(&command));
    command
        .env(runner::VARIABLE, runner)
        .env("GUNGRAUN_OUTPUT_FORMAT", "json")
        .stderr(Stdio::inherit());
    let output = command.output().context("cargo cannot be started")?;
    ensure!(output.status.success(), "the benches failed ({})", output.status);
    read(&String::from_utf8(output.stdout)?)
}

/// Reads the summaries that gungraun prints, one JSON object a line.
fn read(printed: &str) -> Result<Counts> {
    let mut counts = Counts::new();
    for line in printed.lines().filter(|line| line.starts_with('{')) {
        let summary: Value = serde_json::from_str(line).context("gungraun printed an unreadable summary")?;
        let (bench, path) = name(&summary).context("a summary of gungraun has no module path")?;
        let instructions = instructions(&summary)
            .with_context(|| format!("the summary of {bench} {path} has no count of instructions"))?;
        counts.entry(bench).or_default().insert(path, instructions);
    }
    Ok(counts)
}

/// Returns the bench, and the path in it: group, function and id.
fn name(summary: &Value) -> Option<(String, String)> {
    let (bench, function) = summary["module_path"].as_str()?.split_once("::")?;
    let path = match summary["id"].as_str() {
        Some(id) => format!("{function}::{id}"),
        None => function.to_owned(),
    };
    Some((bench.to_owned(), path))
}

/// Returns callgrind's count of this run; a summary may also have that of the run before, as `old`.
fn instructions(summary: &Value) -> Option<u64> {
    let mut profiles = summary["profiles"].as_array()?.iter();
    profiles.find_map(|profile| profile["data"]["total"]["metrics"]["Ir"]["values"]["new"].as_u64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_what_gungraun_prints() {
        let printed = concat!(
            r#"{"function_name":"l1_record","id":"powertools","module_path":"record_instructions::record::l1_record","#,
            r#""profiles":[{"tool":"Callgrind","data":{"parts":[],"total":{"regressions":[],"metrics":{"#,
            r#""Ir":{"change":{"diff_pct":"1","factor":"1"},"values":{"new":3392,"old":3400}}}}}}],"version":"7"}"#,
            "\n\nrunning 0 tests\n",
            r#"{"module_path":"record_instructions::record::l2","profiles":[{"tool":"Callgrind","data":{"parts":[],"#,
            r#""total":{"regressions":[],"metrics":{"Ir":{"values":{"new":19}}}}}}],"version":"7"}"#,
        );
        let record = BTreeMap::from([
            ("record::l1_record::powertools".to_owned(), 3_392),
            ("record::l2".to_owned(), 19),
        ]);
        assert_eq!(
            read(printed).unwrap(),
            Counts::from([("record_instructions".to_owned(), record)])
        );
    }

    #[test]
    fn a_summary_without_a_count_is_an_error() {
        for summary in [
            "{}",
            "{",
            r#"{"module_path":"b::g::f","profiles":[]}"#,
            r#"{"module_path":"b::g::f","profiles":[{"data":{"total":{"metrics":{"Ir":{"values":{"old":1}}}}}}]}"#,
        ] {
            assert!(read(summary).is_err(), "{summary}");
        }
    }
}
