//! Replays every recorded key. Tests in `crates/idempotency/tests/it` cover the flows, by number.

use serde_json::{Value, json};

use crate::common;

#[test]
fn each_key_is_that_of_python() {
    common::replay_all("idempotency", outcome);
}

/// Returns the key, whether it is disabled, or that it is an error. Error texts differ between languages.
fn outcome(value: &Value) -> Value {
    let value = match value.as_array().map(Vec::as_slice) {
        Some([only]) => only,
        _ => value,
    };
    for key in ["key", "disabled"] {
        if let Some(found) = value.get(key) {
            return json!({ key: found });
        }
    }
    json!({ "fails": value.get("error").is_some() || value.get("raises").is_some() })
}

/// The text that Python hashed has this hash, so a difference in a key would be one in the text.
#[test]
fn an_expression_selects_what_it_selects_in_python() {
    for (expression, selected) in [
        (
            "",
            json!({"a": {"b": [1, {"c": null}]}, "j": "{\"x\": [7]}", "e": "WzFd", "k y": 2}),
        ),
        ("a.b[0]", json!(1)),
        ("a.b[-1]", json!({"c": null})),
        ("a.nope.x", json!(null)),
        ("[a.b[0], nope]", json!([1, null])),
        ("{x: a.b[0], \"y z\": \"k y\"}", json!({"x": 1, "y z": 2})),
        ("powertools_json(j).x[0]", json!(7)),
        ("powertools_json(powertools_base64(e))", json!([1])),
        (
            "@",
            json!({"a": {"b": [1, {"c": null}]}, "j": "{\"x\": [7]}", "e": "WzFd", "k y": 2}),
        ),
    ] {
        let payload = json!({"a": {"b": [1, {"c": null}]}, "j": "{\"x\": [7]}", "e": "WzFd", "k y": 2});
        assert_eq!(
            conformance::select(expression, &payload).unwrap(),
            selected,
            "{expression}"
        );
    }
    for unknown in ["a[*]", "a || b", "length(a)", "a."] {
        assert!(conformance::select(unknown, &json!({})).is_err(), "{unknown}");
    }
}
