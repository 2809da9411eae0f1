//! `Modulo`, the condition on the remainder of a number.

use serde_json::{Number, Value};

use super::operand::{BadOperand, integer};
use crate::document::node::Node;

/// A range of remainders, both ends included.
#[derive(Debug)]
pub(super) struct Modulo {
    base: i128,
    start: i128,
    end: i128,
}

impl Modulo {
    /// Reads the value of a condition; an error is the problem.
    pub(super) fn new(value: &Node) -> Result<Self, String> {
        if !matches!(value, Node::Object(_)) {
            return Err("`value` of MODULO_RANGE must be an object with `BASE`, `START` and `END`".to_owned());
        }
        let number = |name: &str| match value.get(name) {
            Some(Node::Number(number)) => {
                integer(number).ok_or_else(|| format!("`value.{name}` must be an integer of up to 64 bits"))
            }
            Some(_) => Err(format!("`value.{name}` must be an integer")),
            None => Err(format!("`value.{name}` is missing")),
        };
        let (base, start, end) = (number("BASE")?, number("START")?, number("END")?);
        if 0 <= start && start <= end && end < base {
            Ok(Self { base, start, end })
        } else {
            Err("`value` of MODULO_RANGE must satisfy 0 <= START <= END <= BASE - 1".to_owned())
        }
    }

    /// Returns whether the remainder, which is never negative, is in the range.
    pub(super) fn contains(&self, key: &Value) -> Result<bool, BadOperand> {
        let Value::Number(number) = key else {
            return Err(BadOperand);
        };
        Ok(match integer(number) {
            Some(number) => {
                let remainder = self.remainder(number);
                self.start <= remainder && remainder <= self.end
            }
            None => self.contains_fraction(number)?,
        })
    }

    /// Divides in 64 bits if the numbers allow, because a division in 128 bits takes several times as long.
    fn remainder(&self, number: i128) -> i128 {
        match (i64::try_from(number), i64::try_from(self.base)) {
            (Ok(number), Ok(base)) => i128::from(number.rem_euclid(base)),
            _ => number.rem_euclid(self.base),
        }
    }

    #[allow(clippy::cast_precision_loss)] // as Python does
    fn contains_fraction(&self, number: &Number) -> Result<bool, BadOperand> {
        let number = number.as_f64().ok_or(BadOperand)?;
        let remainder = number.rem_euclid(self.base as f64);
        Ok(self.start as f64 <= remainder && remainder <= self.end as f64)
    }
}
