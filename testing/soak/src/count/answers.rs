//! Reads an answer that was posted.

use serde_json::Value;

use super::capture::Posted;
use super::claims::claims;
use super::findings::Kind;
use super::sight::Sight;
use crate::event::number_of_request;
use crate::ledger::{Expected, Ledger};

/// Reads an answer.
pub(super) fn read(posted: &Posted, ledger: &Ledger, sight: &mut Sight) {
    let number = number_of_request(&posted.id);
    let entry = number.and_then(|number| ledger.entries.get(&number));
    let Some(entry) = entry else {
        return sight
            .findings
            .note(Kind::Invalid, || format!("an answer of nobody: {posted:?}"));
    };
    let number = entry.number;
    if let Some(seen) = sight.of(number, &posted.body) {
        seen.answers += 1;
    }
    if entry.answers.iter().any(|expected| is_as(posted, expected)) {
        return;
    }
    let kind = if claims(&posted.body).any(|claim| claim != number) {
        Kind::Mixed
    } else {
        Kind::Invalid
    };
    sight
        .findings
        .note(kind, || format!("an answer that is not owed: {posted:?}"));
}

fn is_as(posted: &Posted, expected: &Expected) -> bool {
    match expected {
        Expected::Any => posted.is_response,
        Expected::Error(text) => !posted.is_response && posted.body.contains(text),
        Expected::Response(expected) => {
            posted.is_response && serde_json::from_str::<Value>(&posted.body).is_ok_and(|body| is_same(body, expected))
        }
    }
}

/// Compares two responses. A result that names a failure of the store is any of them.
fn is_same(mut body: Value, expected: &Value) -> bool {
    if body["result"]
        .as_str()
        .is_some_and(|text| text.contains("the fake store"))
    {
        body["result"] = "store".into();
    }
    body == *expected
}
