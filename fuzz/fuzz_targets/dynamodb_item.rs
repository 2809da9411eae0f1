//! An item of DynamoDB decodes as the JSON that it was made from, and its numbers as `serde_json` reads the same digits.
//!
//! Input: `n` and a number, `j` and JSON, or any other letter and an item as DynamoDB Streams writes it.
#![no_main]

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use lambda_runtime::{Context, Error, LambdaEvent};
use libfuzzer_sys::fuzz_target;
use powertools_lambda_batch::dynamodb::{DynamoDbEvent, DynamoDbEventRecord, NewImage};
use powertools_lambda_batch::{Batch, FromRecord, FullFailurePolicy, Record, record_fn};
use powertools_lambda_fuzz::invocation::block_on;
use powertools_lambda_fuzz::json::equal;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fuzz_target!(|data: &[u8]| {
    let Some((kind, text)) = data.split_first() else {
        return;
    };
    let text = String::from_utf8_lossy(text);
    match kind {
        // JSON may have white space around a number, DynamoDB's never has.
        b'n' => number(text.trim()),
        b'j' => {
            let Ok(value) = serde_json::from_str::<Value>(&text) else {
                return;
            };
            let decoded = decode::<Value>(&json!({"v": attribute(&value)}).to_string()).expect("an item");
            assert!(equal(&decoded["v"], &value), "{decoded} {value}");
        }
        _ => drop(decode::<Value>(&text)),
    }
});

/// Decodes a number in each type, and compares it with what `serde_json` makes of the same digits.
fn number(text: &str) {
    let item = json!({"v": {"N": text}}).to_string();
    compare::<u8>(&item, text);
    compare::<i64>(&item, text);
    compare::<u64>(&item, text);
    compare::<i128>(&item, text);
    compare::<u128>(&item, text);
    let Ok(double) = serde_json::from_str::<f64>(text) else {
        return;
    };
    assert_eq!(one::<f64>(&item), Some(double), "{text}");
    if let Some(value) = one::<Value>(&item) {
        assert_eq!(value.as_f64(), Some(double), "{text}");
    }
}

/// What `serde_json` reads as an integer, must be that integer. (DynamoDB also has `1E+2`, which JSON's integers do not.)
fn compare<T: DeserializeOwned + PartialEq + Debug>(item: &str, text: &str) {
    if let Ok(expected) = serde_json::from_str::<T>(text) {
        assert_eq!(one(item), Some(expected), "{text}");
    }
}

fn one<T: DeserializeOwned>(item: &str) -> Option<T> {
    #[derive(serde::Deserialize)]
    struct One<T> {
        v: T,
    }
    decode::<One<T>>(item).map(|one| one.v)
}

/// Decodes the new image of a change with this item.
fn decode<T: DeserializeOwned>(item: &str) -> Option<T> {
    let event = format!(r#"{{"Records":[{{"dynamodb":{{"SequenceNumber":"1","NewImage":{item}}}}}]}}"#);
    let event: DynamoDbEvent = serde_json::from_str(&event).ok()?;
    let kept = Arc::new(Mutex::new(None));
    let handler = {
        let kept = Arc::clone(&kept);
        move |record: Record<DynamoDbEventRecord>| {
            *kept.lock().expect("not poisoned") = Some(record);
            async { Ok::<_, Error>(()) }
        }
    };
    let batch = Batch::dynamodb(record_fn(handler)).full_failure_policy(FullFailurePolicy::Report);
    block_on(batch.process(LambdaEvent::new(event, Context::default()))).ok()?;
    let record = kept.lock().expect("not poisoned").take()?;
    NewImage::<T>::from_record(&record).ok().map(|image| image.0)
}

/// Returns the attribute that DynamoDB has for a value.
fn attribute(value: &Value) -> Value {
    match value {
        Value::Null => json!({"NULL": true}),
        Value::Bool(value) => json!({"BOOL": value}),
        Value::Number(number) => json!({"N": number.to_string()}),
        Value::String(text) => json!({"S": text}),
        Value::Array(items) => json!({"L": items.iter().map(attribute).collect::<Vec<_>>()}),
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| (name.clone(), attribute(value)));
            json!({"M": members.collect::<serde_json::Map<_, _>>()})
        }
    }
}
