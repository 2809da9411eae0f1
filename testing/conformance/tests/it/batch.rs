//! Replays every recorded batch case.

use serde_json::{Value, json};

use crate::common;

#[test]
fn each_case_is_answered_as_recorded() {
    common::replay_all("batch", outcome);
}

/// Returns the response, or that the invocation failed. Error texts differ between languages.
fn outcome(value: &Value) -> Value {
    let value = match value.as_array().map(Vec::as_slice) {
        Some([only]) => only,
        _ => value,
    };
    match value.get("response") {
        Some(response) => json!({ "response": conformance::normal::numbers(response) }),
        None => json!({ "fails": value.get("error").is_some() || value.get("raises").is_some() }),
    }
}
