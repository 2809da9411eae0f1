//! [`check`] and [`Document::with_outputs`]: run the examples of a document over a run's telemetry.

use std::fmt;

use powertools_telemetry::Telemetry;

use crate::document::{Document, Example, FilterExample};
use crate::events;
use crate::query::Query;
use crate::syntax::SyntaxError;
use crate::table::Table;
use crate::xray::{Filter, Traces};

/// A problem with an example of a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Problem {
    /// The line of the document on which the example begins, counted from 1.
    pub line: usize,
    /// A description of the problem.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "example in line {}: {}", self.line, self.message)
    }
}

impl Document {
    /// Runs the queries in their order.
    ///
    /// A text in capital letters that ends in `_ID`, such as `"CORRELATION_ID"`, is a placeholder. It is replaced with the
    /// field of that name of the first row that the preceding query returned.
    pub fn run_queries(&self, telemetry: &Telemetry) -> Vec<(Example<'_>, Result<Table, Problem>)> {
        let events = events::all(telemetry);
        let mut before: Option<Table> = None;
        let mut results = Vec::new();
        for example in self.queries() {
            let problem = |message| Problem {
                line: example.line,
                message,
            };
            let result = fill_in(example.query, before.as_ref())
                .and_then(|query| query.parse::<Query>().map_err(|error| error.to_string()))
                .map(|query| query.over(events.clone()))
                .map_err(problem);
            before = result.as_ref().ok().cloned();
            results.push((example, result));
        }
        results
    }

    /// Returns the document with the outputs of its examples for a run.
    ///
    /// # Errors
    ///
    /// Returns the examples that cannot be run, and the documents of the run that cannot be read.
    pub fn with_outputs(&self, telemetry: &Telemetry) -> Result<String, Vec<Problem>> {
        let mut places = Vec::new();
        let mut problems: Vec<_> = unread(telemetry).into_iter().collect();
        let traces = Traces::of(telemetry);
        for (example, result) in self.run_queries(telemetry) {
            match result {
                Ok(table) => places.extend(example.output_range.map(|range| (range, table.to_string()))),
                Err(problem) => problems.push(problem),
            }
        }
        for (example, result) in self.filters().into_iter().zip(self.select(&traces)) {
            match result {
                Ok(matches) => places.push((example.matches_range, format!("{matches} of {}", traces.len()))),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() {
            Ok(self.replace(places))
        } else {
            Err(problems)
        }
    }

    /// Counts the traces that each filter expression matches.
    pub fn run_filters(&self, telemetry: &Telemetry) -> Vec<Result<usize, Problem>> {
        self.select(&Traces::of(telemetry))
    }

    fn select(&self, traces: &Traces<'_>) -> Vec<Result<usize, Problem>> {
        let count = |example: FilterExample<'_>| {
            let filter: Filter = example.filter.parse().map_err(|error: SyntaxError| Problem {
                line: example.line,
                message: error.to_string(),
            })?;
            Ok(filter.select(traces).len())
        };
        self.filters().into_iter().map(count).collect()
    }
}

/// Checks that each example of a document can be run over a run's telemetry, and finds something in it.
///
/// # Errors
///
/// Returns the examples that cannot be run or find nothing, and the documents of the run that cannot be read.
pub fn check(document: &Document, telemetry: &Telemetry) -> Result<usize, Vec<Problem>> {
    let mut problems: Vec<_> = unread(telemetry).into_iter().collect();
    let queries = document.run_queries(telemetry);
    let filters = document.filters();
    let examples = queries.len() + filters.len();
    for (example, result) in queries {
        match result {
            Ok(table) if table.is_empty() => problems.push(Problem {
                line: example.line,
                message: format!("returns nothing\n{}", example.query),
            }),
            Ok(_) => {}
            Err(problem) => problems.push(problem),
        }
    }
    for (example, result) in filters.iter().zip(document.run_filters(telemetry)) {
        match result {
            Ok(0) => problems.push(Problem {
                line: example.line,
                message: format!("matches no trace\n{}", example.filter),
            }),
            Ok(_) => {}
            Err(problem) => problems.push(problem),
        }
    }
    if examples == 0 {
        problems.push(Problem {
            line: 1,
            message: "the document has no examples".to_owned(),
        });
    }
    if problems.is_empty() {
        Ok(examples)
    } else {
        Err(problems)
    }
}

fn unread(telemetry: &Telemetry) -> Option<Problem> {
    let first = telemetry.unread.first()?;
    Some(Problem {
        line: 1,
        message: format!(
            "{} documents of the run cannot be read, the first: {first}",
            telemetry.unread.len()
        ),
    })
}

fn fill_in(query: &str, before: Option<&Table>) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = query;
    while let Some((front, name, back)) = placeholder(rest) {
        let column = name.to_lowercase();
        let value = before.and_then(|table| table.get(0, &column).filter(|value| !value.is_empty()));
        let value = value.ok_or_else(|| format!("the preceding query has no column `{column}` to replace {name}"))?;
        filled.push_str(front);
        filled.push('"');
        filled.push_str(&value.replace('\\', "\\\\").replace('"', "\\\""));
        filled.push('"');
        rest = back;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// Returns the first placeholder, with the text before and after it.
fn placeholder(query: &str) -> Option<(&str, &str, &str)> {
    let mut quotes = query.match_indices('"').map(|(index, _)| index);
    while let (Some(open), Some(close)) = (quotes.next(), quotes.next()) {
        let name = &query[open + 1..close];
        if name.ends_with("_ID") && name.chars().all(|c| c.is_ascii_uppercase() || c == '_') {
            return Some((&query[..open], name, &query[close + 1..]));
        }
    }
    None
}
