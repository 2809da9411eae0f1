//! The grammar of a query: commands separated by pipes.

use regex::Regex;
use winnow::ascii::digit1;
use winnow::combinator::{alt, cut_err, eof, opt, preceded, separated};
use winnow::prelude::*;

use super::command::{Column, Command, Parse, SortKey};
use super::expression::Expression;
use super::operand::{expression, field, field_name, regex};
use crate::syntax::{blank, expected, keyword, refuse, string, token};

const COMMANDS: &str = "a command: fields, display, filter, parse, stats, sort, limit or dedup";

pub(super) fn commands(input: &mut &str) -> ModalResult<Vec<Command>> {
    blank(input)?;
    let mut commands: Vec<Command> = Vec::new();
    loop {
        let start = *input;
        let command = cut_err(command).parse_next(input)?;
        if let Some(Command::Dedup(_)) = commands.last()
            && !matches!(command, Command::Limit(_))
        {
            return Err(refuse(input, start, "only `limit` may follow `dedup`"));
        }
        let is_stats = |command: &Command| matches!(command, Command::Stats { .. });
        if is_stats(&command) && commands.iter().any(is_stats) {
            return Err(refuse(input, start, "a second `stats` is not supported"));
        }
        commands.push(command);
        let more = alt((token('|').value(true), eof.value(false)));
        if !cut_err(more)
            .context(expected("`|` and another command, or the end"))
            .parse_next(input)?
        {
            return Ok(commands);
        }
    }
}

fn command(input: &mut &str) -> ModalResult<Command> {
    let start = *input;
    let command = alt((
        preceded(keyword("fields"), cut_err(columns)).map(Command::Fields),
        preceded(keyword("display"), cut_err(columns)).map(Command::Display),
        preceded(keyword("filter"), cut_err(expression)).map(Command::Filter),
        preceded(keyword("parse"), cut_err(parse)).map(Command::Parse),
        preceded(keyword("stats"), cut_err(stats)),
        preceded((keyword("sort"), opt(keyword("by"))), cut_err(sort_keys)).map(Command::Sort),
        preceded(keyword("limit"), cut_err(limit)),
        preceded(keyword("dedup"), cut_err(separated(1.., alias, token(',')))).map(Command::Dedup),
    ))
    .context(expected(COMMANDS))
    .parse_next(input)?;
    if command.has_aggregate() {
        return Err(refuse(input, start, "an aggregate is allowed only in `stats`"));
    }
    Ok(command)
}

impl Command {
    /// Returns whether there is an aggregate where none is allowed.
    fn has_aggregate(&self) -> bool {
        match self {
            Self::Fields(columns) | Self::Display(columns) => {
                columns.iter().any(|column| column.expression.has_aggregate())
            }
            Self::Filter(condition) => condition.has_aggregate(),
            Self::Parse(parse) => parse.from.has_aggregate(),
            Self::Stats { by, .. } => by.iter().any(|column| column.expression.has_aggregate()),
            Self::Sort(keys) => keys.iter().any(|key| key.expression.has_aggregate()),
            Self::Limit(_) | Self::Dedup(_) => false,
        }
    }
}

fn columns(input: &mut &str) -> ModalResult<Vec<Column>> {
    separated(1.., column, token(',')).parse_next(input)
}

/// Parses a column. Its name is the one after `as`, or else its text, or the name of its field.
fn column(input: &mut &str) -> ModalResult<Column> {
    let (expression, text) = expression.with_taken().parse_next(input)?;
    let alias = opt(preceded(keyword("as"), cut_err(alias))).parse_next(input)?;
    let name = match (alias, &expression) {
        (Some(alias), _) => alias,
        (None, Expression::Field(name)) => name.clone(),
        (None, _) => text.trim().to_owned(),
    };
    Ok(Column { expression, name })
}

fn alias(input: &mut &str) -> ModalResult<String> {
    token(field_name).context(expected("a name")).parse_next(input)
}

fn stats(input: &mut &str) -> ModalResult<Command> {
    let start = *input;
    let columns = columns(input)?;
    let by: Vec<Column> = opt(preceded(keyword("by"), cut_err(self::columns)))
        .parse_next(input)?
        .unwrap_or_default();
    for (index, column) in columns.iter().enumerate() {
        // A field in `stats` is an earlier column of the same command, or one to group by.
        let known = |name: &str| columns[..index].iter().chain(&by).any(|column| column.name == name);
        let mut unknown = None;
        column.expression.any(&mut |part| {
            if let Expression::Field(name) = part
                && !known(name)
            {
                unknown = Some(name.clone());
            }
            unknown.is_some()
        });
        if let Some(name) = unknown {
            let why = format!("`{name}` is neither in an aggregate nor after `by`");
            return Err(refuse(input, start, why));
        }
    }
    Ok(Command::Stats { columns, by })
}

fn sort_keys(input: &mut &str) -> ModalResult<Vec<SortKey>> {
    let order = opt(alt((keyword("asc").value(false), keyword("desc").value(true))));
    let key = (expression, order).map(|(expression, descending)| SortKey {
        expression,
        descending: descending.unwrap_or(false),
    });
    separated(1.., key, token(',')).parse_next(input)
}

fn limit(input: &mut &str) -> ModalResult<Command> {
    let start = *input;
    let digits = token(digit1).context(expected("a number of rows")).parse_next(input)?;
    match digits.parse() {
        Ok(most) if (1..=10_000).contains(&most) => Ok(Command::Limit(most)),
        _ => Err(refuse(input, start, "`limit` must be from 1 to 10000")),
    }
}

/// `FIELD "glob" as a, b` or `FIELD /regex with named groups/`.
fn parse(input: &mut &str) -> ModalResult<Parse> {
    let from = field(input)?;
    let start = *input;
    if let Some(pattern) = opt(regex).parse_next(input)? {
        let groups = pattern.capture_names().skip(1);
        let names: Option<Vec<String>> = groups.map(|name| name.map(str::to_owned)).collect();
        return match names {
            Some(names) if !names.is_empty() => Ok(Parse { from, pattern, names }),
            _ => Err(refuse(input, start, "each group needs a name: (?<name>…)")),
        };
    }
    let glob = token(string)
        .context(expected("a glob in quotes, or a regular expression between slashes"))
        .parse_next(input)?;
    cut_err(keyword("as"))
        .context(expected("`as` and a name for each `*`"))
        .parse_next(input)?;
    let names: Vec<String> = cut_err(separated(1.., alias, token(','))).parse_next(input)?;
    let wildcards = glob.matches('*').count();
    if wildcards != names.len() {
        let why = format!(
            "the glob has {wildcards} `*`, but the number of names is {}",
            names.len()
        );
        return Err(refuse(input, start, why));
    }
    match glob_pattern(&glob) {
        Ok(pattern) => Ok(Parse { from, pattern, names }),
        Err(error) => Err(refuse(input, start, error.to_string())),
    }
}

/// Converts a glob. A `*` matches as little as possible; one at the end matches the rest.
fn glob_pattern(glob: &str) -> Result<Regex, regex::Error> {
    let pieces: Vec<String> = glob.split('*').map(regex::escape).collect();
    let mut pattern = pieces.join("(.*?)");
    if glob.ends_with('*') {
        pattern.push('$');
    }
    Regex::new(&format!("(?s){pattern}"))
}
