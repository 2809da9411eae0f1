//! [`Command`]: the commands of a query.

use regex::Regex;

use super::expression::Expression;

#[derive(Clone, Debug)]
pub(super) enum Command {
    Fields(Vec<Column>),
    Display(Vec<Column>),
    Filter(Expression),
    Parse(Parse),
    Stats { columns: Vec<Column>, by: Vec<Column> },
    Sort(Vec<SortKey>),
    Limit(usize),
    Dedup(Vec<String>),
}

/// An expression with the name of its column.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) expression: Expression,
    pub(super) name: String,
}

/// Extracts fields from a text, or no fields if the pattern does not match.
#[derive(Clone, Debug)]
pub(super) struct Parse {
    pub(super) from: Expression,
    pub(super) pattern: Regex,
    /// The names of the pattern's groups.
    pub(super) names: Vec<String>,
}

#[derive(Clone, Debug)]
pub(super) struct SortKey {
    pub(super) expression: Expression,
    pub(super) descending: bool,
}
