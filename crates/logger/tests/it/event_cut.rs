//! Secrets in logged events that are longer than their limit, wherever they are cut.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use powertools_lambda_logger::LogEvent;
use serde_json::{Value, json};

const SECRET: &str = "hunter2";

fn base64(text: impl AsRef<[u8]>) -> String {
    BASE64_STANDARD.encode(text)
}

fn logged(event: &Value, max_bytes: usize) -> String {
    let mut line = Vec::new();
    let log_event = LogEvent::new().max_bytes(max_bytes);
    log_event.write(event.to_string().as_bytes(), &mut line);
    String::from_utf8(line).unwrap()
}

/// Returns whether a part of a secret can be read in a text, or in the bytes that the Base64 and the lists in it encode.
fn shows_secret(text: &[u8]) -> bool {
    let part = &SECRET.as_bytes()[..4];
    if text.windows(part.len()).any(|window| window == part) {
        return true;
    }
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/".contains(byte);
    let mut runs = text.split(|byte| !is_base64(byte)).filter(|run| run.len() >= 8);
    let is_encoded = runs.any(|run| {
        (0..4).any(|start| {
            let run = &run[start..];
            let decoded = BASE64_STANDARD.decode(&run[..run.len() / 4 * 4]);
            decoded.is_ok_and(|decoded| shows_secret(&decoded))
        })
    });
    let number = |digits: &[u8]| std::str::from_utf8(digits).ok()?.parse::<i16>().ok();
    let is_list = |byte: &u8| byte.is_ascii_digit() || b",-".contains(byte);
    let mut lists = text.split(|byte| !is_list(byte)).filter(|list| list.contains(&b','));
    is_encoded
        || lists.any(|list| {
            let numbers = list.split(|byte| *byte == b',').filter_map(number);
            let bytes: Vec<u8> = numbers.map(|number| number.to_le_bytes()[0]).collect();
            shows_secret(&bytes)
        })
}

/// Returns texts that encode a document in the ways in which bodies do.
fn texts(document: &str) -> Vec<String> {
    let encoded = base64(document);
    let member = |text: &str| format!(r#"{{"id":7,"payload":"{text}","z":1}}"#);
    let percent = |text: &str| text.replace('"', "%22").replace('{', "%7B").replace('=', "%3D");
    let bytes = |text: &str| json!({"headers": [{"state": text.as_bytes()}]}).to_string();
    vec![
        encoded.clone(),
        member(&encoded),
        json!({"inner": member(&encoded)}).to_string(),
        json!([json!({"inner": member(&encoded)}).to_string()]).to_string(),
        base64(member(&encoded)),
        member(&base64(format!("payload={encoded}"))),
        format!(r#"{{"isBase64Encoded":true,"body":"{encoded}"}}"#),
        format!("a=b&payload={encoded}&z=1"),
        format!("a=b&payload={}", percent(&encoded)),
        format!("a=b&payload={}", percent(&member(&encoded))),
        percent(&member(&encoded)),
        bytes(document),
        bytes(&encoded),
    ]
}

#[test]
fn a_secret_in_an_encoding_is_masked_wherever_the_event_is_cut() {
    // Base64 of each length of padding.
    for user in ["ada", "adam", "grace"] {
        let document = format!(r#"{{"user":"{user}","password":"{SECRET}","city":"London"}}"#);
        let form = format!("user={user}&password={SECRET}&city=London");
        for text in [texts(&document), texts(&form)].concat() {
            let event = json!({ "body": text });
            for max_bytes in 64..event.to_string().len() + 40 {
                let line = logged(&event, max_bytes);
                assert!(!shows_secret(line.as_bytes()), "{max_bytes}: {line}");
            }
        }
    }
}

#[test]
fn an_encoding_without_a_secret_is_cut_and_otherwise_unchanged() {
    for user in ["ada", "adam", "grace"] {
        for text in texts(&format!(r#"{{"user":"{user}","city":"Zürich"}}"#)) {
            let event = json!({ "body": text });
            for max_bytes in 64..event.to_string().len() + 40 {
                let line: Value = serde_json::from_str(&logged(&event, max_bytes)).unwrap();
                let body = line["body"].as_str().unwrap_or_default();
                let body = body.strip_suffix("[truncated]").unwrap_or(body);
                assert!(text.starts_with(body), "{max_bytes}: {line}");
            }
            assert_eq!(logged(&event, 1 << 20), event.to_string());
        }
    }
}

#[test]
fn what_is_said_to_be_base64_and_is_not_text_is_redacted_whole_although_it_is_cut() {
    let image = base64([0xff; 300]);
    for max_bytes in 120..280 {
        let event = json!({"body": format!(r#"{{"isBase64Encoded":true,"body":"{image}"}}"#)});
        assert_eq!(
            logged(&event, max_bytes),
            r#"{"body":"{\"isBase64Encoded\":true,\"body\":\"[redacted][truncated]"}"#
        );
    }
}

#[test]
fn credentials_are_masked_wherever_the_event_is_cut() {
    let token = base64(format!("ada:{SECRET}{SECRET}"));
    let padding = "x".repeat(40);
    for credential in [
        format!("Basic {token}"),
        format!("postgres://admin:{SECRET}@db.internal/orders"),
    ] {
        let event = json!({ "text": format!("{padding} {credential} {padding}") });
        for max_bytes in 64..event.to_string().len() + 40 {
            let line = logged(&event, max_bytes);
            assert!(!shows_secret(line.as_bytes()), "{max_bytes}: {line}");
        }
    }
}
