//! A key from an event is hashed as `serde_json` writes the value, or as Python does; the same request is not executed twice.
//!
//! Input: the hash's letter and the pointers on the first line, then the event.
#![no_main]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lambda_runtime::{Error, LambdaEvent};
use libfuzzer_sys::fuzz_target;
use md5::Md5;
use powertools_lambda_core::test_util::{TestEnvironment, traced_context};
use powertools_lambda_fuzz::input::first_line;
use powertools_lambda_fuzz::invocation::block_on;
use powertools_lambda_fuzz::json::{has_float, without_repeated_names};
use powertools_lambda_idempotency::{Idempotency, KeyHash, MemoryStore, PointerLayer};
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use tower::{Layer, Service, service_fn};

fuzz_target!(|data: &[u8]| {
    let (line, event) = first_line(data);
    let (hash, pointers) = match line.split_at_checked(1) {
        Some(("m", pointers)) => (KeyHash::PythonMd5, pointers),
        Some(("p", pointers)) => (KeyHash::PythonSha256, pointers),
        Some((_, pointers)) => (KeyHash::Sha256, pointers),
        None => return,
    };
    let pointers: Vec<_> = pointers.split(' ').collect();
    let Ok(raw) = serde_json::from_slice::<Box<RawValue>>(event) else {
        return;
    };
    let store = MemoryStore::new();
    let environment = TestEnvironment::new();
    let idempotency = Idempotency::builder(store.clone(), "f")
        .environment(&environment)
        .key_hash(hash)
        .build();
    let Ok(layer) = PointerLayer::<IgnoredAny>::new(idempotency, &pointers) else {
        return;
    };
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let mut handler = layer.layer(service_fn(move |_: LambdaEvent<IgnoredAny>| {
        std::future::ready(Ok::<_, Error>(counted.fetch_add(1, Ordering::Relaxed)))
    }));
    let mut call = || block_on(handler.call(LambdaEvent::new(raw.clone(), traced_context())));
    let (first, second) = (call(), call());
    assert_eq!(first.as_ref().ok(), second.as_ref().ok());
    assert_eq!(calls.load(Ordering::Relaxed), usize::from(first.is_ok()));
    let records = store.records();
    assert_eq!(records.len(), usize::from(first.is_ok()));

    let (Some((key, _)), [pointer], Ok(event)) = (records.first(), &*pointers, without_repeated_names(event)) else {
        return;
    };
    let (_, digits) = key.rsplit_once('#').expect("a prefix");
    assert!(matches!(digits.len(), 32 | 64) && digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    // Ours also goes into texts, and keeps the digits of a float.
    let Some(value) = event.pointer(pointer).filter(|value| !has_float(value)) else {
        return;
    };
    let expected = match hash {
        KeyHash::PythonMd5 => hex(&Md5::digest(python(value))),
        KeyHash::PythonSha256 => hex(&Sha256::digest(python(value))),
        _ => hex(&Sha256::digest(value.to_string())),
    };
    assert_eq!(digits, expected, "{value}");
});

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns what `json.dumps(value, sort_keys=True)` returns in Python.
fn python(value: &Value) -> String {
    match value {
        Value::String(text) => {
            let units = Value::from(text.as_str()).to_string();
            let escaped = units.chars().map(|char| match char {
                ' '..='~' => char.to_string(),
                _ => char
                    .encode_utf16(&mut [0; 2])
                    .iter()
                    .map(|unit| format!("\\u{unit:04x}"))
                    .collect(),
            });
            escaped.collect()
        }
        Value::Array(items) => format!("[{}]", items.iter().map(python).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let member =
                |(name, value): (&String, &Value)| format!("{}: {}", python(&name.as_str().into()), python(value));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}
