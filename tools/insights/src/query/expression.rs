//! [`Expression`], with a value for each row, and [`Aggregate`], with a value for many rows.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use regex::Regex;

use super::function::Function;
use crate::comparison::Comparison;
use crate::value::{Row, Value};

#[derive(Clone, Debug)]
pub(super) enum Expression {
    Literal(Value),
    Field(String),
    Not(Box<Self>),
    Negative(Box<Self>),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Compare(Comparison, Box<Self>, Box<Self>),
    Arithmetic(Arithmetic, Box<Self>, Box<Self>),
    Like(Box<Self>, Regex),
    In(Box<Self>, Vec<Self>),
    Call(Function, Vec<Self>),
    /// `bin(..)`, in milliseconds.
    Bin(i64),
    Aggregate(Aggregate),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Power,
}

impl Expression {
    /// Returns the value for a row, or `None` if a field is missing or a required number is not a number.
    ///
    /// `group` has the rows for aggregates.
    pub(super) fn value(&self, row: &Row, group: &[Row]) -> Option<Value> {
        let is_true = |expression: &Self| expression.value(row, group).is_some_and(|value| value.is_true());
        Some(match self {
            Self::Literal(value) => value.clone(),
            Self::Field(name) => return row.get(name).cloned(),
            Self::Not(operand) => Value::from(!is_true(operand)),
            Self::Negative(operand) => Value::Number(-operand.value(row, group)?.number()?),
            Self::And(a, b) => Value::from(is_true(a) && is_true(b)),
            Self::Or(a, b) => Value::from(is_true(a) || is_true(b)),
            Self::Compare(comparison, a, b) => {
                let order = a.value(row, group)?.compare(&b.value(row, group)?)?;
                Value::from(comparison.holds(order))
            }
            Self::Arithmetic(operation, a, b) => {
                let (a, b) = (a.value(row, group)?.number()?, b.value(row, group)?.number()?);
                Value::Number(operation.apply(a, b)?)
            }
            Self::Like(operand, pattern) => Value::from(pattern.is_match(&operand.value(row, group)?.to_string())),
            Self::In(operand, list) => {
                let value = operand.value(row, group)?;
                let equals = |item: &Self| item.value(row, group).and_then(|item| item.compare(&value));
                Value::from(list.iter().any(|item| equals(item) == Some(Ordering::Equal)))
            }
            Self::Call(function, arguments) => {
                return function.call(arguments.iter().map(|argument| argument.value(row, group)).collect());
            }
            Self::Bin(period) => match row.get("@timestamp")? {
                Value::Time(time) => Value::Time(time - time.rem_euclid(*period)),
                _ => return None,
            },
            Self::Aggregate(aggregate) => return aggregate.value(group),
        })
    }

    /// Returns whether `is` holds for the expression or a part of it.
    pub(super) fn any(&self, is: &mut dyn FnMut(&Self) -> bool) -> bool {
        is(self)
            || match self {
                Self::Literal(_) | Self::Field(_) | Self::Bin(_) | Self::Aggregate(_) => false,
                Self::Not(operand) | Self::Negative(operand) | Self::Like(operand, _) => operand.any(is),
                Self::And(a, b) | Self::Or(a, b) | Self::Compare(_, a, b) | Self::Arithmetic(_, a, b) => {
                    a.any(is) || b.any(is)
                }
                Self::In(operand, list) => operand.any(is) || list.iter().any(|item| item.any(is)),
                Self::Call(_, arguments) => arguments.iter().any(|argument| argument.any(is)),
            }
    }

    pub(super) fn has_aggregate(&self) -> bool {
        self.any(&mut |part| matches!(part, Self::Aggregate(_)))
    }
}

impl Arithmetic {
    fn apply(self, a: f64, b: f64) -> Option<f64> {
        let result = match self {
            Self::Add => a + b,
            Self::Subtract => a - b,
            Self::Multiply => a * b,
            Self::Divide => a / b,
            Self::Remainder => a % b,
            Self::Power => a.powf(b),
        };
        result.is_finite().then_some(result)
    }
}

/// A function of many rows, used in `stats`.
#[derive(Clone, Debug)]
pub(super) struct Aggregate {
    kind: AggregateKind,
    /// The argument, or `None` for every row: `count(*)`.
    operand: Option<Box<Expression>>,
}

#[derive(Clone, Copy, Debug)]
enum AggregateKind {
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

const AGGREGATES: [&str; 9] = [
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
        AGGREGATES.contains(&name.to_ascii_lowercase().as_str())
    }

    pub(super) fn count() -> Self {
        Self {
            kind: AggregateKind::Count,
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
            "avg" => AggregateKind::Average,
            "count_distinct" => AggregateKind::CountDistinct,
            "earliest" => AggregateKind::Earliest,
            "latest" => AggregateKind::Latest,
            "max" => AggregateKind::Max,
            "min" => AggregateKind::Min,
            "sum" => AggregateKind::Sum,
            "pct" => match arguments.pop() {
                Some(Expression::Literal(Value::Number(share))) if (0.0..=100.0).contains(&share) => {
                    AggregateKind::Percentile(share)
                }
                _ => return Err("`pct` takes a number from 0 to 100".to_owned()),
            },
            _ => AggregateKind::Count,
        };
        Ok(Self { kind, operand })
    }

    /// Returns whether the aggregate contains another aggregate, which is invalid.
    pub(super) fn is_nested(&self) -> bool {
        self.operand.as_ref().is_some_and(|operand| operand.has_aggregate())
    }

    /// Returns the aggregate of a group's rows, ignoring rows without the value.
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
            AggregateKind::Count => Value::Number(as_number(values().count())),
            AggregateKind::CountDistinct => {
                let distinct: BTreeSet<String> = values().map(|value| value.to_string()).collect();
                Value::Number(as_number(distinct.len()))
            }
            AggregateKind::Sum => Value::Number(numbers().into_iter().reduce(|a, b| a + b)?),
            AggregateKind::Average => {
                let numbers = numbers();
                let sum = numbers.iter().copied().reduce(|a, b| a + b)?;
                Value::Number(sum / as_number(numbers.len()))
            }
            AggregateKind::Min => values().min_by(Value::order)?,
            AggregateKind::Max => values().max_by(Value::order)?,
            AggregateKind::Earliest => present().min_by(|(a, _), (b, _)| Value::order_of(*a, *b))?.1,
            AggregateKind::Latest => present().max_by(|(a, _), (b, _)| Value::order_of(*a, *b))?.1,
            AggregateKind::Percentile(share) => Value::Number(percentile(numbers(), share)?),
        })
    }
}

/// Returns the nearest-rank percentile.
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
