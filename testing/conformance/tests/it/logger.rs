//! Replays every recorded logger case.

use conformance::{Case, normal};
use serde_json::{Value, json};

use crate::common;

#[test]
fn every_recorded_case_is_replayed() {
    common::replay_all("logger", normal_output);
}

/// Normalizes records for comparison: timestamps by time, levels by meaning, and only the presence of a location and an
/// exception. Outside invocations, the trace id is not compared.
fn normal_output(records: &Value) -> Value {
    let mut records = normal::numbers(records);
    for record in records.as_array_mut().into_iter().flatten() {
        let Some(record) = record.as_object_mut() else { continue };
        if !record.contains_key("function_request_id") {
            record.remove("xray_trace_id");
        }
        if let Some(Value::String(level)) = record.get_mut("level") {
            match level.as_str() {
                "WARNING" => "WARN".clone_into(level),
                "CRITICAL" | "FATAL" => "ERROR".clone_into(level),
                _ => {}
            }
        }
        for (key, text) in [
            ("location", "<location>"),
            ("exception", "<exception>"),
            ("stack_trace", "<stack trace>"),
        ] {
            if let Some(value) = record.get_mut(key).filter(|value| !is_empty(value)) {
                *value = text.into();
            }
        }
        if let Some(value) = record.get_mut("timestamp")
            && let Some(moment) = value.as_str().and_then(normal::instant)
        {
            *value = moment.into();
        }
    }
    records
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => value.is_null(),
    }
}

/// Replays calls of one invocation and returns the values at `pointers` in each record.
fn replayed(settings: &Value, calls: &Value, pointers: &[&str]) -> Vec<Vec<Value>> {
    let mut case = json!({"env": {}, "input": {"invocations": [{"decorator": {}, "calls": calls}]}});
    for (pointer, value) in settings.as_object().unwrap() {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        case.pointer_mut(parent).unwrap()[name] = value.clone();
    }
    let lines = conformance::replay("logger", &Case::parse(&case.to_string()).unwrap()).unwrap();
    let records = lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
    records
        .map(|record| {
            pointers
                .iter()
                .map(|pointer| record.pointer(pointer).cloned().unwrap_or_default())
                .collect()
        })
        .collect()
}

#[test]
fn keys_of_a_record_of_a_scope_and_of_an_invocation_are_replayed() {
    let calls = json!([
        {"op": "append_keys", "keys": {"a": 1, "b": 2, "none": null}},
        {"op": "append_context_keys", "keys": {"a": "inner"}, "body": [{"op": "info", "message": "1"}]},
        {"op": "remove_keys", "keys": ["b", "unknown"]},
        {"op": "info", "message": "2", "extra": {"c": {"$py": "Decimal('1.5')"}}, "kwargs": {"d": {"$py": "[1, None]"}}},
        {"op": "clear_state"},
        {"op": "info", "message": {"$py": "{'k': True}"}},
    ]);
    assert_eq!(
        replayed(&json!({}), &calls, &["/message", "/a", "/b", "/c", "/d"]),
        [
            json!(["1", "inner", 2, null, null]),
            json!(["2", 1, null, "1.5", [1, null]]),
            json!([{"k": true}, null, null, null, null]),
        ]
        .map(|row| row.as_array().unwrap().clone())
    );
}

#[test]
fn correlation_ids_are_replayed() {
    let calls = json!([
        {"op": "info", "message": "1"},
        {"op": "set_correlation_id", "value": "by hand"},
        {"op": "info", "message": "2"},
    ]);
    for (path, event, expected) in [
        (
            json!({"$py": "correlation_paths.API_GATEWAY_REST"}),
            json!({"requestContext": {"requestId": "a"}}),
            json!("a"),
        ),
        (json!("headers.\"x-id\""), json!({"headers": {"x-id": "b"}}), json!("b")),
        (json!("headers.nope"), json!({"headers": {}}), json!(null)),
    ] {
        let settings = json!({
            "/input/invocations/0/decorator/correlation_id_path": path,
            "/input/invocations/0/event": event,
        });
        let ids = replayed(&settings, &calls, &["/correlation_id"]);
        assert_eq!(ids, [vec![expected], vec![json!("by hand")]]);
    }
}

#[test]
fn events_errors_and_levels_are_replayed() {
    let settings = json!({
        "/input/constructor": {"level": 10, "team": "x"},
        "/input/invocations/0/decorator/log_event": true,
        "/input/invocations/0/event": {"id": 1, "password": "p"},
    });
    let calls = json!([
        {"op": "debug", "message": "1"},
        {"op": "setLevel", "level": "ERROR"},
        {"op": "warning", "message": "hidden"},
        {"op": "try",
            "body": [{"op": "raise", "type": "Boom", "value": "bad"}],
            "except": [{"op": "error", "message": {"$py": "err"}, "kwargs": {"exc_info": true}}]},
        {"op": "critical", "message": null},
    ]);
    assert_eq!(
        replayed(&settings, &calls, &["/level", "/message", "/exception_name", "/team"]),
        [
            json!(["INFO", {"id": 1, "password": "[redacted]"}, null, "x"]),
            json!(["DEBUG", "1", null, "x"]),
            json!(["ERROR", "bad", "Boom", "x"]),
            json!(["ERROR", null, null, "x"]),
        ]
        .map(|row| row.as_array().unwrap().clone())
    );
}

#[test]
fn what_the_replayer_does_not_know_is_an_error() {
    for call in [json!({"op": "sing"}), json!({"op": "mutate", "code": "import os"})] {
        let case = json!({"input": {"invocations": [{"calls": [call]}]}}).to_string();
        assert!(conformance::replay("logger", &Case::parse(&case).unwrap()).is_err());
    }
}
