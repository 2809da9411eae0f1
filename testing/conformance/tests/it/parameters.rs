//! Replays every recorded transform case. Tests in `crates/parameters/tests/it` cover the cases of a store, by number.

use serde_json::{Value, json};

use crate::common;

#[test]
fn each_transform_is_answered_as_recorded() {
    common::replay_all("parameters", outcome);
}

/// Returns the value, or that it is missing. Error texts differ between languages.
fn outcome(value: &Value) -> Value {
    let value = match value.as_array().map(Vec::as_slice) {
        Some([only]) => only,
        _ => value,
    };
    match value.get("value") {
        Some(value) => json!({ "value": conformance::normal::numbers(value) }),
        None => json!({ "fails": value.get("error").is_some() || value.get("raises").is_some() }),
    }
}

/// Every case that is skipped because a test covers it is named by that test.
#[test]
fn each_case_of_a_store_stands_as_a_test_that_names_it() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let tests = ["ssm", "secrets_manager", "dynamodb", "appconfig"].map(|name| {
        let file = folder.join(format!("../../crates/parameters/tests/it/{name}.rs"));
        (name, std::fs::read_to_string(&file).unwrap())
    });
    for (cases, store_of) in [("parameters", true), ("appconfig", false)] {
        for entry in std::fs::read_dir(folder.join("cases").join(cases)).unwrap() {
            let file = entry.unwrap().file_name().into_string().unwrap();
            let (number, rest) = file.split_once('_').unwrap();
            let test = match rest.split('_').next().unwrap() {
                "ssm" => "ssm",
                "secret" => "secrets_manager",
                "ddb" => "dynamodb",
                _ if store_of => continue,
                _ => "appconfig",
            };
            let (_, source) = tests.iter().find(|(name, _)| *name == test).unwrap();
            let named = source.lines().any(|line| {
                let is_test = line.contains("async fn case");
                is_test && line.split(|c: char| !c.is_ascii_digit()).any(|part| part == number)
            });
            assert!(named, "no test of {test}.rs names case {file}");
        }
    }
}
