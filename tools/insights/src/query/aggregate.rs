//! Functions of many rows, which `stats` has.

use std::collections::BTreeSet;

use super::expression::Expression;
use crate::value::{Row, Value};

#[derive(Clone, Debug)]
pub(super) struct Aggregate {
    kind: Kind,
    /// What is counted; nothing is every row, `count(*)`.
    operand: Option<Box<Expression>>,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Average,
    Count,
    CountDistinct,
    Earliest,
    Latest,
    Max,
    Min,
    Percentile(f64),
    Sum,
}

const NAMES: [&str; 9] = [
    "avg",
    "count",
    "count_distinct",
    "earliest",
    "latest",
    "max",
    "min",
    "pct",
    "sum",
];

impl Aggregate {
    pub(super) fn is_name(name: &str) -> bool {
        NAMES.contains(&name.to_ascii_lowercase().as_str())
    }

    pub(super) fn count() -> Self {
        Self {
            kind: Kind::Count,
            operand: None,
        }
    }

    pub(super) fn new(name: &str, mut arguments: Vec<Expression>) -> Result<Self, String> {
        let name = name.to_ascii_lowercase();
        let expected = if name == "pct" { 2 } else { 1 };
        if arguments.len() != expected {
            let many = if expected == 1 { "1 argument" } else { "2 arguments" };
            return Err(format!("`{name}` takes {many}, not {}", arguments.len()));
        }
        let operand = Some(Box::new(arguments.remove(0)));
        let kind = match name.as_str() {
            "avg" => Kind::Average,
            "count_distinct" => Kind::CountDistinct,
            "earliest" => Kind::Earliest,
            "latest" => Kind::Latest,
            "max" => Kind::Max,
            "min" => Kind::Min,
            "sum" => Kind::Sum,
            "pct" => match arguments.pop() {
                Some(Expression::Literal(Value::Number(share))) if (0.0..=100.0).contains(&share) => {
                    Kind::Percentile(share)
                }
                _ => return Err("`pct` takes a number from 0 to 100".to_owned()),
            },
            _ => Kind::Count,
        };
        Ok(Self { kind, operand })
    }

    /// Says whether the aggregate is of another aggregate, which makes no sense.
    pub(super) fn is_nested(&self) -> bool {
        self.operand.as_ref().is_some_and(|operand| operand.has_aggregate())
    }

    /// Returns the aggregate of a group's rows; rows without the value do not count.
    pub(super) fn value(&self, group: &[Row]) -> Option<Value> {
        let Some(operand) = &self.operand else {
            return Some(Value::Number(as_number(group.len())));
        };
        let present = || {
            group
                .iter()
                .filter_map(|row| Some((row.get("@timestamp"), operand.value(row, &[])?)))
        };
        let values = || present().map(|(_, value)| value);
        let numbers = || -> Vec<f64> { values().filter_map(|value| value.number()).collect() };
        Some(match self.kind {
            Kind::Count => Value::Number(as_number(values().count())),
            Kind::CountDistinct => {
                let distinct: BTreeSet<String> = values().map(|value| value.to_string()).collect();
                Value::Number(as_number(distinct.len()))
            }
            Kind::Sum => Value::Number(numbers().into_iter().reduce(|a, b| a + b)?),
            Kind::Average => {
                let numbers = numbers();
                let sum = numbers.iter().copied().reduce(|a, b| a + b)?;
                Value::Number(sum / as_number(numbers.len()))
            }
            Kind::Min => values().min_by(Value::order)?,
            Kind::Max => values().max_by(Value::order)?,
            Kind::Earliest => present().min_by(|(a, _), (b, _)| Value::order_of(*a, *b))?.1,
            Kind::Latest => present().max_by(|(a, _), (b, _)| Value::order_of(*a, *b))?.1,
            Kind::Percentile(share) => Value::Number(percentile(numbers(), share)?),
        })
    }
}

/// Returns the nearest rank: the least number that so many are not above of.
fn percentile(mut numbers: Vec<f64>, share: f64) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    let amount = as_number(numbers.len());
    let mut ranked = numbers.into_iter().enumerate();
    let found = ranked.find(|(index, _)| as_number(index + 1) / amount * 100.0 >= share);
    found.map(|(_, number)| number)
}

#[expect(clippy::cast_precision_loss, reason = "no log has that many events")]
fn as_number(rows: usize) -> f64 {
    rows as f64
}
