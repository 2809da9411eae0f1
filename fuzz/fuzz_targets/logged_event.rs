//! Any event is logged as one line of JSON within its bound, without the secret that was put into it.
#![no_main]

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use libfuzzer_sys::fuzz_target;
use powertools_lambda_logger::LogEvent;
use serde_json::{Value, json};

const SECRET: &str = "hunter2-7c1e9";

fuzz_target!(|data: &[u8]| {
    let Some((bound, event)) = data.split_first_chunk() else {
        return;
    };
    let bound = usize::from(u16::from_le_bytes(*bound));
    logged(event, bound);

    let text = String::from_utf8_lossy(event);
    if text.contains(SECRET) {
        return;
    }
    let part: Value = serde_json::from_slice(event).unwrap_or_else(|_| text.into());
    let secret = json!({"headers": {"Authorization": SECRET}, "password": [SECRET], "a": part});
    // One of them, so that an input is quick.
    let planted = match bound % 5 {
        0 => json!({"first": part, "secret": SECRET, "zebra": part}),
        1 => json!({"body": secret.to_string(), "zebra": part}),
        2 => json!({"body": BASE64_STANDARD.encode(secret.to_string()), "isBase64Encoded": true, "zebra": part}),
        3 => json!([part, {"name": "x-api-key", "value": SECRET}, {"a": [secret]}]),
        _ => json!({"query": {"token": SECRET}, "rawQueryString": format!("token={SECRET}&a=b"), "a": part}),
    };
    for bound in [bound, 1 << 20] {
        let line = logged(planted.to_string().as_bytes(), bound);
        assert!(!line.contains(SECRET), "{line}");
    }
});

/// Returns the event as it is logged.
fn logged(event: &[u8], bound: usize) -> String {
    let mut line = Vec::new();
    LogEvent::new().max_bytes(bound).write(event, &mut line);
    let line = String::from_utf8(line).expect("UTF-8");
    assert!(line.len() <= bound.max(64), "{} > {bound}: {line}", line.len());
    assert!(!line.contains('\n'), "{line}");
    serde_json::from_str::<Value>(&line).expect("JSON");
    line
}
