//! What two outputs may differ in and still be the same: `README.md` of the recorded cases names it, nothing beyond it.

use serde_json::Value;

/// Returns `value` with every number in one form, so that `1` equals `1.0`.
pub fn numbers(value: &Value) -> Value {
    match value {
        Value::Number(number) => number
            .as_f64()
            .and_then(serde_json::Number::from_f64)
            .map_or_else(|| value.clone(), Value::Number),
        Value::Array(items) => items.iter().map(numbers).collect(),
        Value::Object(entries) => entries
            .iter()
            .map(|(key, value)| (key.clone(), numbers(value)))
            .collect(),
        _ => value.clone(),
    }
}
