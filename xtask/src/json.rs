//! Reads JSON values that should exist.

use serde_json::Value;

/// Returns the value as text, or an empty text if it is not text.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Returns the value as a number, or `NaN` if it is not a number.
pub(crate) fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}
