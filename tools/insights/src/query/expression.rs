//! Expressions, and their value for a row.

use std::cmp::Ordering;

use regex::Regex;

use super::aggregate::Aggregate;
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
    /// Returns the value for a row; none where a field is missing, or something is no number that has to be one.
    ///
    /// `group` has the rows that an aggregate counts.
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

    /// Says whether the expression, or a part of it, is as `is` has it.
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
