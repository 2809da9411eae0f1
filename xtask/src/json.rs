//! Values of JSON that should be there.

use serde_json::Value;

/// Returns a text, which is empty if the value is not one.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Returns a number, which is `NaN` if the value is not one.
pub(crate) fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}
