//! Reading the raw event, for its correlation id and to log it, with the logger and with `serde_json`.

#![allow(dead_code, clippy::unwrap_used)] // each bench uses its part

use powertools_lambda_logger::{CorrelationIdPath, LogEvent};
use serde::Deserialize;
use serde_json::Value;

/// An event as bytes.
#[derive(Clone, Copy)]
pub(crate) enum Event {
    /// A raw request of an API Gateway REST API, 1.7 kB.
    Small,
    /// The same with a body that is a text of 6 MB before the id.
    LargeText,
    /// The same with 6 MB of small objects before the id.
    LargeTree,
}

impl Event {
    pub(crate) fn bytes(self) -> Vec<u8> {
        const SMALL: &str = include_str!("event.json");
        const SIZE: usize = 6_000_000;
        let small: Value = serde_json::from_str(SMALL).unwrap();
        let small = small.to_string();
        let extra = match self {
            Self::Small => return small.into_bytes(),
            Self::LargeText => serde_json::to_string(&"lorem ipsum dolor\n".repeat(SIZE / 19)).unwrap(),
            Self::LargeTree => {
                let item = r#"{"sku":"A-1","quantity":2,"price":12.5,"tags":["a","b"],"gift":null}"#;
                format!("[{}]", vec![item; SIZE / item.len()].join(","))
            }
        };
        format!("{{\"first\":{extra},{}", &small[1..]).into_bytes()
    }
}

/// The id, read by the logger.
pub(crate) fn id(event: &[u8]) -> usize {
    CorrelationIdPath::API_GATEWAY_REST.find(event).unwrap().as_str().len()
}

/// The id, read from a tree of the whole event.
pub(crate) fn id_by_tree(event: &[u8]) -> usize {
    let event: Value = serde_json::from_slice(event).unwrap();
    event
        .pointer("/requestContext/requestId")
        .unwrap()
        .as_str()
        .unwrap()
        .len()
}

/// The id, decoded into a type that ignores everything else.
pub(crate) fn id_by_type(event: &[u8]) -> usize {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Event<'a> {
        #[serde(borrow)]
        request_context: Context<'a>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Context<'a> {
        request_id: &'a str,
    }
    let event: Event<'_> = serde_json::from_slice(event).unwrap();
    event.request_context.request_id.len()
}

/// The minimum work of any parser: finding the quotes of an event.
pub(crate) fn id_floor(event: &[u8]) -> usize {
    memchr::memchr2_iter(b'"', b'\\', event).count()
}

/// The event as logged by the logger.
pub(crate) fn log(log_event: &LogEvent, event: &[u8], buffer: &mut Vec<u8>) -> usize {
    buffer.clear();
    log_event.write(event, buffer);
    buffer.len()
}

/// The event as logged from a tree, without redaction of JSON in strings and queries, and without a limit.
pub(crate) fn log_by_tree(event: &[u8], buffer: &mut Vec<u8>) -> usize {
    const NAMES: [&str; 5] = ["authorization", "cookie", "password", "token", "x-api-key"];
    fn redact(value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(redact),
            Value::Object(members) => {
                for (name, member) in members {
                    if NAMES.iter().any(|secret| secret.eq_ignore_ascii_case(name)) {
                        *member = Value::from("[redacted]");
                    } else {
                        redact(member);
                    }
                }
            }
            _ => {}
        }
    }
    buffer.clear();
    let mut event: Value = serde_json::from_slice(event).unwrap();
    redact(&mut event);
    serde_json::to_writer(&mut *buffer, &event).unwrap();
    buffer.len()
}
