//! How the event is logged.

use super::names::Names;
use super::writer::Writer;

/// How an event is logged: how much of it, and without which fields.
///
/// The event stays JSON on one line. Where a field has one of the names its value is `"[redacted]"`, at any depth, and
/// in text too:
///
/// * JSON in a string, such as the `body` of API Gateway or SQS, and JSON in that, up to eight times;
/// * `name=value` in query strings and forms.
///
/// Text that is no JSON although it has parts of it is treated alike as far as it can be. Not looked into is what is
/// encoded otherwise: base64 (`isBase64Encoded`, Kinesis), `%22`, gzip, and lists of `{"name": …, "value": …}`: name the
/// field that holds it.
///
/// The names are `authorization`, `cookie`, `password`, `token` and `x-api-key`, and where events of AWS services repeat
/// these: `apiKey`, `authorizationToken`, `cookies`, `proxy-authorization`, `set-cookie` and `x-amz-security-token`.
/// They are whole names, compared without ASCII case, hyphens and underscores.
///
/// An event that is longer than [`max_bytes`](Self::max_bytes) ends where the room does: the string there is cut and
/// ends in `[truncated]`; an object ends in `"[truncated]":true` and an array in `"[truncated]"`. What is nested more than
/// a hundred deep is `"[truncated]"` too. What follows in the event is not read. An event that is not JSON is logged as
/// a text; one that begins like an object or array and then is not JSON ends in `[malformed]` in the same way.
///
/// # Examples
///
/// ```
/// use powertools_lambda_logger::LogEvent;
///
/// let log_event = LogEvent::new().redact("card").max_bytes(4_096);
/// let event = br#"{"headers": {"Authorization": "Bearer abc"}, "body": "{\"card\": 4111, \"item\": \"bicycle\"}"}"#;
/// let mut line = Vec::new();
/// log_event.write(event, &mut line);
/// assert_eq!(
///     String::from_utf8(line)?,
///     r#"{"headers":{"Authorization":"[redacted]"},"body":"{\"card\": \"[redacted]\", \"item\": \"bicycle\"}"}"#
/// );
/// # Ok::<(), std::string::FromUtf8Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct LogEvent {
    max_bytes: usize,
    names: Names,
}

impl LogEvent {
    /// How many bytes of an event are logged if nothing else is said: 20,480.
    ///
    /// An API Gateway event has 2 to 4 KiB and a batch of ten SQS messages not many more, so they are whole; and it is
    /// what Powertools holds of buffered logs.
    pub const DEFAULT_MAX_BYTES: usize = 20_480;

    /// The least number of bytes, which holds what says that the event was truncated.
    const MIN_MAX_BYTES: usize = 64;

    /// Creates the default: 20,480 bytes, and the default names.
    pub fn new() -> Self {
        Self {
            max_bytes: Self::DEFAULT_MAX_BYTES,
            names: Names::default(),
        }
    }

    /// Sets how many bytes of JSON an event becomes at most; less than 64 is 64.
    pub fn max_bytes(mut self, max_bytes: usize) -> Self {
        self.max_bytes = max_bytes.max(Self::MIN_MAX_BYTES);
        self
    }

    /// Adds a name of fields that are redacted.
    pub fn redact(mut self, name: impl AsRef<str>) -> Self {
        self.names.add(name.as_ref());
        self
    }

    /// Removes a name, one of the default too: fields of this name are logged as they are.
    pub fn keep(mut self, name: impl AsRef<str>) -> Self {
        self.names.remove(name.as_ref());
        self
    }

    /// Appends an event as it is logged: one line of JSON, for any bytes.
    ///
    /// The logger does it with the event as it came; this is for tests of what is logged, and for parts of an event.
    pub fn write(&self, event: &[u8], buffer: &mut Vec<u8>) {
        Writer::new(&self.names, self.max_bytes, event, buffer).write();
    }
}

impl Default for LogEvent {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::super::secrets::REDACTED;
    use super::super::test_json;
    use super::*;

    fn written(log_event: &LogEvent, event: &[u8]) -> String {
        let mut buffer = b"before:".to_vec();
        log_event.write(event, &mut buffer);
        let line = String::from_utf8(buffer).unwrap();
        line.strip_prefix("before:").unwrap().to_owned()
    }

    /// Asserts that `actual` is `event` without the secrets of the default names.
    fn assert_redacted(event: &Value, actual: &Value) {
        match (event, actual) {
            (Value::Object(members), Value::Object(actual)) => {
                assert_eq!(members.len(), actual.len());
                for (name, member) in members {
                    if Names::default().contains(name.as_bytes()) {
                        assert_eq!(actual[name], json!(REDACTED));
                    } else {
                        assert_redacted(member, &actual[name]);
                    }
                }
            }
            (Value::Array(items), Value::Array(actual)) => {
                assert_eq!(items.len(), actual.len());
                items
                    .iter()
                    .zip(actual)
                    .for_each(|(item, actual)| assert_redacted(item, actual));
            }
            (Value::String(text), Value::String(actual)) => match serde_json::from_str::<Value>(text) {
                Ok(inner) => assert_redacted(&inner, &serde_json::from_str(actual).unwrap()),
                Err(_) => assert_eq!(text, actual),
            },
            _ => assert_eq!(event, actual),
        }
    }

    const SECRET: &str = "hunter2";

    /// An event with a secret somewhere in it.
    fn planted() -> impl Strategy<Value = String> {
        let name = prop_oneof![
            Just("Authorization"),
            Just("cookie"),
            Just("PASSWORD"),
            Just("token"),
            Just("X-Api-Key")
        ];
        let secret = prop_oneof![
            Just(json!(SECRET)),
            Just(json!([SECRET, SECRET])),
            Just(json!({"a": {"b": [SECRET]}})),
            Just(json!(format!("a\"{SECRET}\\}}"))),
            Just(json!(json!({"a": SECRET}).to_string())),
        ];
        let wraps = proptest::collection::vec((0..4_u8, test_json::value()), 0..5);
        (name, secret, wraps, any::<bool>()).prop_map(|(name, secret, wraps, pretty)| {
            let event = wraps
                .into_iter()
                .fold(json!({name: secret}), |event, (wrap, other)| match wrap {
                    0 => json!({"a": other, "headers": event, "z": 1}),
                    1 => json!([other, event]),
                    2 => json!({"body": event.to_string(), "z": other}),
                    _ => json!({"body": format!("{event:#}"), "z": other}),
                });
            if pretty {
                format!("{event:#}")
            } else {
                event.to_string()
            }
        })
    }

    proptest! {
        #[test]
        fn within_the_bound_an_event_is_itself_without_its_secrets(
            event in test_json::value(),
            pretty in any::<bool>(),
        ) {
            let document = if pretty { format!("{event:#}") } else { event.to_string() };
            let line = written(&LogEvent::new().max_bytes(1 << 20), document.as_bytes());
            // Read again, because serde_json does not read every float back as it was.
            let event = serde_json::from_str(&document).unwrap();
            assert_redacted(&event, &serde_json::from_str(&line).unwrap());
        }

        #[test]
        fn a_secret_is_never_written(event in planted(), max_bytes in 0_usize..3_000, part in 0_usize..3_000) {
            for event in [&event[..], &String::from_utf8_lossy(&event.as_bytes()[..part.min(event.len())])] {
                let line = written(&LogEvent::new().max_bytes(max_bytes), event.as_bytes());
                prop_assert!(!line.contains(SECRET), "{line}");
            }
        }

        #[test]
        fn any_event_is_one_line_of_json_within_the_bound(
            event in prop_oneof![
                planted().prop_map(String::into_bytes),
                any::<Vec<u8>>(),
                "[\\[\\]{}\",:0-9a-e\\\\. \n-]{0,200}".prop_map(String::into_bytes),
            ],
            max_bytes in 0_usize..600,
        ) {
            let line = written(&LogEvent::new().max_bytes(max_bytes), &event);
            prop_assert!(line.len() <= max_bytes.max(64), "{} > {max_bytes}: {line}", line.len());
            prop_assert!(!line.contains('\n'));
            serde_json::from_str::<Value>(&line).unwrap();
        }
    }
}
