//! Replays every recorded case of feature flags.

use serde_json::{Value, json};

use crate::common;

#[test]
fn each_evaluation_is_answered_as_recorded() {
    common::replay_all("feature_flags", outcome);
}

/// Returns the value or the names, or that the document is refused. Error texts differ between languages.
fn outcome(value: &Value) -> Value {
    let value = match value.as_array().map(Vec::as_slice) {
        Some([only]) => only,
        _ => value,
    };
    for key in ["value", "enabled"] {
        if let Some(found) = value.get(key) {
            return json!({ key: conformance::normal::numbers(found) });
        }
    }
    json!({ "refused": value.get("error").is_some() || value.get("raises").is_some() })
}
