//! Runs the commands of a query in order.

use std::cmp::Ordering;

use super::command::{Column, Command, Parse, SortKey};
use super::expression::Expression;
use crate::table::Table;
use crate::value::{Row, Value};

/// The maximum number of rows of a query without `limit`.
const DEFAULT_LIMIT: usize = 10_000;

pub(super) fn run(commands: &[Command], rows: Vec<Row>) -> Table {
    let mut run = Run {
        rows,
        columns: Vec::new(),
        displayed: None,
        is_ordered: false,
    };
    for command in commands {
        run.apply(command);
    }
    run.order();
    if !commands.iter().any(|command| matches!(command, Command::Limit(_))) {
        run.rows.truncate(DEFAULT_LIMIT);
    }
    let mut columns = run.displayed.unwrap_or(run.columns);
    if columns.is_empty() {
        columns = ["@timestamp", "@message"].map(str::to_owned).into();
    }
    Table {
        columns,
        rows: run.rows,
    }
}

struct Run {
    rows: Vec<Row>,
    /// The columns of all `fields`, or of the last `stats`.
    columns: Vec<String>,
    /// The columns of the last `display`.
    displayed: Option<Vec<String>>,
    /// Whether the rows have been sorted.
    is_ordered: bool,
}

impl Run {
    fn apply(&mut self, command: &Command) {
        match command {
            Command::Fields(columns) => {
                self.compute(columns);
                for column in columns {
                    if !self.columns.contains(&column.name) {
                        self.columns.push(column.name.clone());
                    }
                }
            }
            Command::Display(columns) => {
                self.compute(columns);
                self.displayed = Some(columns.iter().map(|column| column.name.clone()).collect());
            }
            Command::Filter(condition) => self
                .rows
                .retain(|row| condition.value(row, &[]).is_some_and(|value| value.is_true())),
            Command::Parse(parse) => self.rows.iter_mut().for_each(|row| parse.apply(row)),
            Command::Stats { columns, by } => self.stats(columns, by),
            Command::Sort(keys) => {
                self.rows.sort_by(|a, b| compare(keys, a, b));
                self.is_ordered = true;
            }
            Command::Limit(most) => {
                self.order();
                self.rows.truncate(*most);
            }
            Command::Dedup(fields) => {
                self.order();
                self.dedup(fields);
            }
        }
    }

    /// Sorts the events in the default order, the latest first, unless they are sorted already.
    fn order(&mut self) {
        if !self.is_ordered {
            let time = |row: &Row| row.get("@timestamp").cloned();
            self.rows
                .sort_by(|a, b| Value::order_of(time(a).as_ref(), time(b).as_ref()).reverse());
            self.is_ordered = true;
        }
    }

    fn compute(&mut self, columns: &[Column]) {
        for row in &mut self.rows {
            for column in columns {
                set(row, &column.name, column.expression.value(row, &[]));
            }
        }
    }

    /// Replaces the rows with one for each group, in the order in which the groups first occur.
    fn stats(&mut self, columns: &[Column], by: &[Column]) {
        let mut groups: Vec<(Row, Vec<Row>)> = Vec::new();
        for row in std::mem::take(&mut self.rows) {
            let mut key = Row::new();
            for column in by {
                set(&mut key, &column.name, column.expression.value(&row, &[]));
            }
            match groups.iter_mut().find(|(known, _)| *known == key) {
                Some((_, rows)) => rows.push(row),
                None => groups.push((key, vec![row])),
            }
        }
        if groups.is_empty() && by.is_empty() {
            groups.push((Row::new(), Vec::new()));
        }
        self.rows = groups
            .into_iter()
            .map(|(mut row, group)| {
                for column in columns {
                    let value = column.expression.value(&row, &group);
                    set(&mut row, &column.name, value);
                }
                row
            })
            .collect();
        self.columns = by.iter().chain(columns).map(|column| column.name.clone()).collect();
        self.displayed = None;
        self.is_ordered = true;
    }

    /// Keeps the first of the rows with the same values. "Null values are not considered duplicates."
    fn dedup(&mut self, fields: &[String]) {
        let mut seen: Vec<Vec<Value>> = Vec::new();
        self.rows.retain(|row| {
            let values: Option<Vec<Value>> = fields.iter().map(|field| row.get(field).cloned()).collect();
            match values {
                Some(values) if seen.contains(&values) => false,
                Some(values) => {
                    seen.push(values);
                    true
                }
                None => true,
            }
        });
    }
}

impl Parse {
    fn apply(&self, row: &mut Row) {
        let Some(text) = self.from.value(row, &[]) else {
            return;
        };
        let text = text.to_string();
        if let Some(captures) = self.pattern.captures(&text) {
            for (name, capture) in self.names.iter().zip(captures.iter().skip(1)) {
                set(row, name, capture.map(|found| Value::Text(found.as_str().into())));
            }
        }
    }
}

fn set(row: &mut Row, name: &str, value: Option<Value>) {
    match value {
        Some(value) => row.insert(name.to_owned(), value),
        None => row.remove(name),
    };
}

fn compare(keys: &[SortKey], a: &Row, b: &Row) -> Ordering {
    let of = |key: &SortKey| {
        let value = |row: &Row| Expression::value(&key.expression, row, &[]);
        let order = Value::order_of(value(a).as_ref(), value(b).as_ref());
        if key.descending { order.reverse() } else { order }
    };
    keys.iter()
        .map(of)
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}
