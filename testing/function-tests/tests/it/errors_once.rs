//! Tests that a handler's error is logged once, with its chain.

use runtime_api::{Outcome, Stdout};
use serde_json::{Value, json};

use crate::common::{Function, request_id};

fn records(variables: &[(&str, &str)], kind: &str, mentioned: &str) -> Vec<Value> {
    let mut function = Function::start(variables, Stdout::Kept);
    function.send(7, kind);
    function.answers(1);
    let output = function
        .settled(|output| output.subsegments.len() > 0 || output.own.iter().any(|line| line["hook"] == "finish"));
    let mentions = output
        .records
        .iter()
        .filter(|record| record.to_string().contains(mentioned));
    let records: Vec<_> = mentions.collect();
    for record in &records {
        assert_eq!(record["function_request_id"], request_id(7), "{record}");
        assert_eq!(record["level"], "ERROR", "{record}");
    }
    let elsewhere = function.process.errors();
    assert!(elsewhere.is_empty(), "standard error has {elsewhere:?}");
    records
}

#[test]
fn an_error() {
    let records = records(&[], "error", "failed 7");
    assert_eq!(records.len(), 1, "{records:?}");
    assert_eq!(records[0]["exception"], "failed 7: because of 7");
    assert_eq!(records[0]["exception_name"], "Outer");
    assert_eq!(
        records[0]["stack_trace"],
        json!({"type": "Outer", "value": "failed 7", "causes": [{"type": "Inner", "value": "because of 7"}]})
    );
    assert_eq!(records[0]["number"], 7, "it has the invocation's keys");
}

#[test]
fn lambda_shows_the_name_of_the_errors_own_type() {
    let function = Function::start(&[], Stdout::Kept);
    function.send(7, "error");
    let answers = function.answers(1);
    let Outcome::Error(body) = &answers[0].outcome else {
        panic!("{answers:?}");
    };
    assert_eq!(
        serde_json::from_str::<Value>(body).unwrap(),
        json!({"errorType": "Outer", "errorMessage": "failed 7"})
    );
}

#[test]
fn a_panic() {
    for kind in ["panic", "panic_in_call"] {
        let records = records(&[], kind, "broke 7");
        assert_eq!(records.len(), 1, "{records:?}");
        assert_eq!(records[0]["exception_name"], "panic");
        let location = records[0]["location"].as_str().unwrap();
        assert!(location.contains("bin/mixed.rs:"), "{location}");
    }
}

#[test]
fn a_payload_that_cannot_be_decoded() {
    let records = records(&[], "undecodable", "deserialization");
    assert_eq!(records.len(), 1, "{records:?}");
    assert!(records[0].to_string().contains("expected u64"), "{records:?}");
}

#[test]
fn whatever_the_layers_and_their_order() {
    for layers in [
        "logger",
        "metrics",
        "tracer",
        "metrics,logger",
        "tracer,metrics",
        "logger,tracer,metrics",
    ] {
        // Without an outer layer of the logger, the runtime's own event remains, with the error's `Debug` text.
        let records = records(&[("LAYERS", layers)], "error", "Outer");
        assert_eq!(records.len(), 1, "{layers}: {records:?}");
        if layers.contains("logger") {
            assert_eq!(records[0]["exception"], "failed 7: because of 7", "{layers}");
        }
    }
}
