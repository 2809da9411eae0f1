//! [`Value`]: the value of a field.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

/// The fields of a log event, or of a row that was aggregated from several.
pub(crate) type Row = BTreeMap<String, Value>;

/// A value of a field. A missing field has none.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// A number, or a boolean: Insights shows `true` as 1 and `false` as 0.
    Number(f64),
    Text(String),
    /// Milliseconds since 1970.
    Time(i64),
}

impl Value {
    /// Returns the value as a number, also if it is a text that contains one.
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            #[expect(
                clippy::cast_precision_loss,
                reason = "milliseconds need 43 bits until the year 2248"
            )]
            Self::Time(milliseconds) => Some(*milliseconds as f64),
            Self::Text(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
        }
    }

    pub(crate) fn is_true(&self) -> bool {
        self.number().is_some_and(|number| number != 0.0)
    }

    /// Compares as `=`, `<` and `>` do: two numbers by value, everything else as text.
    pub(crate) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self.number(), other.number()) {
            (Some(a), Some(b)) => a.partial_cmp(&b),
            _ => Some(self.to_string().cmp(&other.to_string())),
        }
    }

    /// Compares as `sort` does. Its [natural sort] puts texts before numbers, and treats digits within texts as numbers.
    ///
    /// [natural sort]: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Sort.html
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        match (self.number(), other.number()) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            (Some(_), None) => Ordering::Greater,
            (None, Some(_)) => Ordering::Less,
            (None, None) => natural(&self.to_string(), &other.to_string()),
        }
    }

    /// Compares as `sort` does, with missing values first.
    pub(crate) fn order_of(a: Option<&Self>, b: Option<&Self>) -> Ordering {
        match (a, b) {
            (Some(a), Some(b)) => a.order(b),
            _ => a.is_some().cmp(&b.is_some()),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Number(f64::from(u8::from(value)))
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => {
                // At most four digits, without trailing zeros.
                let text = format!("{number:.4}");
                f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
            }
            Self::Text(text) => f.write_str(text),
            Self::Time(milliseconds) => match jiff::Timestamp::from_millisecond(*milliseconds) {
                Ok(time) => write!(f, "{}", time.strftime("%Y-%m-%d %H:%M:%S%.3f")),
                Err(_) => write!(f, "{milliseconds}"),
            },
        }
    }
}

/// Compares texts piece by piece: runs of digits as numbers, the rest by characters.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    while !a.is_empty() && !b.is_empty() {
        let (first, second) = (piece(a), piece(b));
        let order = match (digits(first), digits(second)) {
            (Some(x), Some(y)) => x.len().cmp(&y.len()).then_with(|| x.cmp(y)),
            _ => first.cmp(second),
        };
        if order.is_ne() {
            return order;
        }
        (a, b) = (&a[first.len()..], &b[second.len()..]);
    }
    a.len().cmp(&b.len())
}

/// Returns the digits at the start of the text, or else the text before the first digit.
fn piece(text: &str) -> &str {
    let begins_with_digit = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| c.is_ascii_digit() != begins_with_digit);
    &text[..end.unwrap_or(text.len())]
}

/// Returns the piece without leading zeros, if it consists of digits.
fn digits(piece: &str) -> Option<&str> {
    piece
        .starts_with(|c: char| c.is_ascii_digit())
        .then(|| piece.trim_start_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_before_numbers_and_digits_count_as_numbers() {
        let mut values: Vec<Value> = ["10", "a10", "2", "a9", "a09b"]
            .map(|text| Value::Text(text.into()))
            .into();
        values.sort_by(Value::order);
        let shown: Vec<_> = values.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["a9", "a09b", "a10", "2", "10"]);
    }

    #[test]
    fn numbers_are_shown_with_four_digits_at_most() {
        let shown = [2.0, 0.5, 1.0 / 3.0, 256e6, -0.25].map(|number| Value::Number(number).to_string());
        assert_eq!(shown, ["2", "0.5", "0.3333", "256000000", "-0.25"]);
    }
}
