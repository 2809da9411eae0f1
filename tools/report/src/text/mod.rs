//! [`report()`]: the report for a terminal, with tables for each question and the traces as trees.

mod tables;
mod trees;

use std::fmt::Write as _;

use console::style;

use crate::model::{Model, Verdict};
use crate::words::{clean, count};

/// The maximum number of trees.
const TREES: usize = 5;

/// Returns the report as text.
pub fn report(model: &Model) -> String {
    let sections = [tables::errors, tables::calls, tables::time, tables::asynchronous];
    let mut text = String::new();
    for (answer, section) in model.answers.iter().zip(sections) {
        let mark = match answer.verdict {
            Verdict::Good => style("●").green(),
            Verdict::Fair => style("●").yellow(),
            Verdict::Bad => style("●").red(),
            Verdict::Unknown => style("○").dim(),
        };
        let _ = writeln!(text, "\n{} {}", mark, style(&answer.question).bold().underlined());
        let _ = writeln!(
            text,
            "{}  {}\n{}",
            style(clean(&answer.headline)).bold(),
            clean(&answer.detail),
            section(model)
        );
    }
    let mut section = |title: &str, body: &str| {
        let _ = writeln!(text, "{}\n{body}", style(title).bold().underlined());
    };
    section("Cold starts", &tables::colds(model));
    section("Metrics", &tables::metrics(model));
    let (trees, all) = trees::worst(model, TREES);
    let title = if trees.len() == all {
        "Traces".to_owned()
    } else {
        format!("{} of {}: failures, then the slowest", trees.len(), count(all, "trace"))
    };
    section(&title, &trees.join("\n"));
    text
}
