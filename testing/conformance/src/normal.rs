//! Normalizes the differences that are allowed between two outputs: those in the `README.md` of the recorded cases.

use powertools_lambda_core::Timestamp;
use serde_json::Value;

/// Returns `value` with all numbers in one form, so that `1` equals `1.0`.
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

/// Converts a timestamp to milliseconds since the epoch, in RFC 3339 or as Python's logger writes it:
/// `2026-01-15 10:30:00,125+0000`.
pub fn instant(text: &str) -> Option<u64> {
    let text = text.replace(',', ".");
    let text = match text.rsplit_once(['+', '-']) {
        Some((before, offset)) if offset.len() == 4 && before.contains(':') => {
            let (time, sign) = text.split_at(before.len());
            format!("{time}{}:{}", &sign[..3], &sign[3..])
        }
        _ => text,
    };
    crate::instant::parse(&text).map(Timestamp::as_millis)
}
