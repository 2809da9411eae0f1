//! Converts Python arguments of recorded cases.

use powertools_lambda_core::Timestamp;
use serde_json::{Map, Value};

use crate::instant;

/// Returns the Python expression of an argument that has no JSON form.
pub(crate) fn expression(value: &Value) -> Option<&str> {
    value.get("$py").and_then(Value::as_str)
}

/// Formats an argument as `str(argument)` does.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        _ => match expression(value) {
            Some(expression) => repeated(expression).unwrap_or_else(|| expression.to_owned()),
            None => value.to_string(),
        },
    }
}

/// Formats the entries of a map as `str()` does.
pub(crate) fn text_pairs(map: &Map<String, Value>) -> impl Iterator<Item = (String, String)> {
    map.iter().map(|(key, value)| (key.clone(), text(value)))
}

/// Returns an argument as a number. Text is not a number, as in Python.
pub(crate) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        _ => {
            let expression = expression(value)?;
            let inner = expression.split_once('(').map_or(expression, |(_, inner)| inner);
            inner
                .trim_end_matches(')')
                .trim_matches(['\'', '"'])
                .to_ascii_lowercase()
                .parse()
                .ok()
        }
    }
}

/// Returns a time: whole milliseconds, or `datetime.datetime(…)` in UTC.
pub(crate) fn moment(value: &Value) -> Option<Timestamp> {
    if let Some(millis) = value.as_u64() {
        return Some(Timestamp::from_millis(millis));
    }
    let (_, arguments) = expression(value)?.split_once("datetime(")?;
    let mut parts = arguments
        .split([',', ')'])
        .map_while(|part| part.trim().parse::<i64>().ok());
    let days = instant::days(parts.next()?, parts.next()?, parts.next()?);
    let mut part = || parts.next().unwrap_or(0);
    let seconds = part() * 3_600 + part() * 60 + part();
    instant::of(days, seconds, part() / 1_000)
}

/// Evaluates `'x' * 256`.
fn repeated(expression: &str) -> Option<String> {
    let (text, times) = expression.split_once(" * ")?;
    Some(text.trim_matches(['\'', '"']).repeat(times.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn expressions_are_read() {
        assert_eq!(text(&json!({"$py": "'xy' * 3"})), "xyxyxy");
        assert_eq!(text(&json!({"$py": "None"})), "None");
        assert!(number(&json!({"$py": "float('nan')"})).unwrap().is_nan());
        assert_eq!(number(&json!({"$py": "Decimal('1.5')"})), Some(1.5));
        assert_eq!(number(&json!("1")), None);
        let moment = moment(&json!({"$py": "datetime.datetime(2026, 1, 15, 10, tzinfo=datetime.timezone.utc)"}));
        assert_eq!(moment.unwrap().to_string(), "2026-01-15T10:00:00.000Z");
    }
}
