//! How a value of the context and a value of the document are compared: equality, order and containment.

use std::cmp::Ordering;

use serde_json::{Number, Value};

/// The error of two values that an action cannot compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BadOperand;

/// Returns whether two values are equal. `1` equals `1.0`, and a boolean equals no number.
pub(super) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::String(left), Value::String(right)) => left == right,
        (Value::Number(left), Value::Number(right)) => compare_numbers(left, right) == Some(Ordering::Equal),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, left)| right.get(key).is_some_and(|right| equal(left, right)))
        }
        _ => left == right,
    }
}

/// Compares two numbers, two texts by their characters, two booleans, or two lists by their first difference.
pub(super) fn compare(left: &Value, right: &Value) -> Result<Ordering, BadOperand> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => compare_numbers(left, right).ok_or(BadOperand),
        (Value::String(left), Value::String(right)) => Ok(left.cmp(right)),
        (Value::Bool(left), Value::Bool(right)) => Ok(left.cmp(right)),
        (Value::Array(left), Value::Array(right)) => {
            let mut pairs = left.iter().zip(right);
            match pairs.find(|(left, right)| !equal(left, right)) {
                Some((left, right)) => compare(left, right),
                None => Ok(left.len().cmp(&right.len())),
            }
        }
        _ => Err(BadOperand),
    }
}

/// Returns whether a list has an item, an object a key, or a text a part.
pub(super) fn contains(container: &Value, item: &Value) -> Result<bool, BadOperand> {
    match (container, item) {
        (Value::Array(items), _) => Ok(items.iter().any(|known| equal(known, item))),
        (Value::Object(entries), Value::String(key)) => Ok(entries.contains_key(key)),
        (Value::Object(_), Value::Null | Value::Bool(_) | Value::Number(_)) => Ok(false),
        (Value::String(text), Value::String(part)) => Ok(text.contains(part.as_str())),
        _ => Err(BadOperand),
    }
}

/// Returns whether a value counts as enabled: not null, false, zero, or empty.
pub(crate) fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(entries) => !entries.is_empty(),
    }
}

/// Compares two numbers exactly: no integer is rounded to a floating-point number.
fn compare_numbers(left: &Number, right: &Number) -> Option<Ordering> {
    if let (Some(left), Some(right)) = (left.as_i64(), right.as_i64()) {
        return Some(left.cmp(&right));
    }
    match (integer(left), integer(right)) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        (Some(left), None) => compare_mixed(left, right.as_f64()?),
        (None, Some(right)) => compare_mixed(right, left.as_f64()?).map(Ordering::reverse),
        (None, None) => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

/// Returns an integer of up to 64 bits, with or without a sign.
pub(super) fn integer(number: &Number) -> Option<i128> {
    number
        .as_i64()
        .map(i128::from)
        .or_else(|| number.as_u64().map(i128::from))
}

fn compare_mixed(integer: i128, float: f64) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    // Beyond any integer of 64 bits, so that the conversion below is exact.
    if float.abs() >= 2.0_f64.powi(100) {
        return Some(if float > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    #[allow(clippy::cast_possible_truncation)] // within 100 bits
    let whole = float.trunc() as i128;
    let fraction = float.fract();
    Some(integer.cmp(&whole).then_with(|| 0.0_f64.total_cmp(&(fraction + 0.0))))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn equality_is_that_of_json() {
        for (left, right, expected) in [
            (json!(1), json!(1.0), true),
            (json!(-0.0), json!(0), true),
            (json!(1), json!(true), false),
            (json!(0), json!(false), false),
            (json!(1), json!("1"), false),
            (json!(null), json!(null), true),
            (json!(null), json!(0), false),
            (json!([1, [2.0]]), json!([1.0, [2]]), true),
            (json!([1]), json!([true]), false),
            (json!({"a": 1, "b": [2]}), json!({"b": [2.0], "a": 1}), true),
            (json!({"a": 1}), json!({"a": 1, "b": 2}), false),
            (json!(u64::MAX), json!(u64::MAX), true),
            (json!(9_007_199_254_740_993_u64), json!(9_007_199_254_740_992.0), false),
            (json!("a"), json!("A"), false),
        ] {
            assert_eq!(equal(&left, &right), expected, "{left} = {right}");
            assert_eq!(equal(&right, &left), expected, "{right} = {left}");
        }
    }

    #[test]
    fn numbers_texts_booleans_and_lists_have_an_order() {
        use Ordering::{Equal, Greater, Less};
        for (left, right, expected) in [
            (json!(1), json!(2), Ok(Less)),
            (json!(1), json!(1.5), Ok(Less)),
            (json!(-1), json!(-1.5), Ok(Greater)),
            (json!(2), json!(2.0), Ok(Equal)),
            (json!(i64::MIN), json!(u64::MAX), Ok(Less)),
            (json!(u64::MAX), json!(1e300), Ok(Less)),
            (json!(u64::MAX), json!(18_446_744_073_709_551_616.0), Ok(Less)),
            (json!(0), json!(-1e300), Ok(Greater)),
            (json!("a"), json!("b"), Ok(Less)),
            (json!("Z"), json!("a"), Ok(Less)),
            (json!("10"), json!("9"), Ok(Less)),
            (json!(false), json!(true), Ok(Less)),
            (json!([1, 2]), json!([1, 3]), Ok(Less)),
            (json!([1, 2]), json!([1]), Ok(Greater)),
            (json!([1, "a"]), json!([1, 2]), Err(BadOperand)),
            (json!([1, "a"]), json!([0, 2]), Ok(Greater)),
            (json!(1), json!("1"), Err(BadOperand)),
            (json!(1), json!(true), Err(BadOperand)),
            (json!(null), json!(1), Err(BadOperand)),
            (json!({}), json!({}), Err(BadOperand)),
        ] {
            assert_eq!(compare(&left, &right), expected, "{left} and {right}");
            assert_eq!(
                compare(&right, &left),
                expected.map(Ordering::reverse),
                "{right} and {left}"
            );
        }
    }

    #[test]
    fn lists_objects_and_texts_contain_something() {
        for (container, item, expected) in [
            (json!([1, "a"]), json!("a"), Ok(true)),
            (json!([1, "a"]), json!(1.0), Ok(true)),
            (json!([1, "a"]), json!(true), Ok(false)),
            (json!([[1]]), json!([1]), Ok(true)),
            (json!([]), json!(null), Ok(false)),
            (json!({"a": 1}), json!("a"), Ok(true)),
            (json!({"a": 1}), json!(1), Ok(false)),
            (json!({"a": 1}), json!([1]), Err(BadOperand)),
            (json!("a@x.com"), json!("@x"), Ok(true)),
            (json!("abc"), json!(""), Ok(true)),
            (json!("abc"), json!(1), Err(BadOperand)),
            (json!(12), json!(1), Err(BadOperand)),
            (json!(null), json!("a"), Err(BadOperand)),
        ] {
            assert_eq!(contains(&container, &item), expected, "{item} in {container}");
        }
    }
}
