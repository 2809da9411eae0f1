//! `LogEvent`, the configuration of the logging of events.

use super::names::Names;
use super::writer::Writer;

/// Configures the logging of events: their maximum length, and the fields that are redacted.
///
/// Pass it to [`LoggerBuilder::log_event`](crate::LoggerBuilder::log_event).
///
/// # Redaction
///
/// The event is written as JSON on one line. The value of a field with one of the names below becomes `"[redacted]"`,
/// at any depth and also in text:
///
/// * JSON in a string, such as the `body` of API Gateway or SQS, nested up to eight times;
/// * `name=value` in query strings and forms, also percent-encoded, and the parts of multipart forms;
/// * text that is percent-encoded as a whole, such as a value in the `queryStringParameters` of a load balancer;
/// * text in Base64, such as a `body` with `isBase64Encoded` or the records of Kinesis, Firehose and Kafka, and in arrays
///   of bytes, such as Kafka's headers. It is encoded again, so that the logged event can be replayed;
/// * the value next to a name: `{"name": "Authorization", "value": …}`, also `key`, `ParameterKey` and the like, in any
///   order, and `["Authorization", …]`.
///
/// Credentials are also recognised by their form: `Basic …`, `Bearer …`, and the password in `https://user:password@host`.
///
/// If the event says that a text is Base64, but the text cannot be decoded, is not UTF-8 when decoded, or then has more than 64
/// KB, all of it becomes `"[redacted]"`: compressed and binary data are not searched. Other Base64 that is not UTF-8 text is
/// logged unchanged, unless it is compressed or a secret can be seen in it. Text that is only partly JSON is redacted as far as
/// possible, and so is text that is truncated, also if the end of its Base64 is missing.
///
/// The default names are `authorization`, `cookie`, `password`, `secret`, `token` and `x-api-key`; the names under which
/// events of AWS services repeat them, such as `authorizationToken`, `cookies`, `identitySource`, `set-cookie` and
/// `x-amz-security-token`; those of OAuth, such as `access_token`, `client_secret`, `id_token` and `refresh_token`; those
/// of AWS credentials, such as `secretAccessKey`, `sessionToken` and `x-amz-signature`; and others that are common, such
/// as `api_secret`, `passwd`, `private_key` and `x-auth-token`. Whole names are compared, ignoring ASCII case, hyphens and
/// underscores, and so is the last part of `user[password]` and of `user.password`, also if they are percent-encoded. In query
/// strings and forms, `signature` is a secret, too; as the name of a member, also of `queryStringParameters`, it is not, because
/// the signature of an SNS message is not a secret.
///
/// # Length
///
/// An event longer than [`max_bytes`](Self::max_bytes) is truncated and its rest is not read: a truncated string ends
/// in `[truncated]`, an object in `"[truncated]":true` and an array in `"[truncated]"`. Values nested more than a
/// hundred levels deep also become `"[truncated]"`. An event that is not JSON is logged as text; one that begins like
/// an object or array but then stops being JSON ends in `[malformed]` in the same way.
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
#[must_use = "pass it to `LoggerBuilder::log_event`"]
pub struct LogEvent {
    max_bytes: usize,
    names: Names,
}

impl LogEvent {
    /// The default maximum length of a logged event: 20,480 bytes.
    ///
    /// An API Gateway event has 2 to 4 KiB and a batch of ten SQS messages not many more, so both are logged whole. It
    /// is also the size of the log buffer in Powertools.
    pub const DEFAULT_MAX_BYTES: usize = 20_480;

    /// The minimum length, which leaves room for the marker of a truncated event.
    const MIN_MAX_BYTES: usize = 64;

    /// Creates the default configuration: 20,480 bytes and the default names.
    pub fn new() -> Self {
        Self {
            max_bytes: Self::DEFAULT_MAX_BYTES,
            names: Names::default(),
        }
    }

    /// Sets the maximum length of a logged event in bytes. Default: 20,480; minimum: 64.
    pub fn max_bytes(mut self, max_bytes: usize) -> Self {
        self.max_bytes = max_bytes.max(Self::MIN_MAX_BYTES);
        self
    }

    /// Adds the name of a field to redact.
    pub fn redact(mut self, name: impl AsRef<str>) -> Self {
        self.names.add(name.as_ref());
        self
    }

    /// Removes a name, including a default one, so that fields with this name are logged unchanged.
    pub fn keep(mut self, name: impl AsRef<str>) -> Self {
        self.names.remove(name.as_ref());
        self
    }

    /// Appends an event as it is logged: one line of JSON, for any bytes.
    ///
    /// The logger calls it with the raw event. Call it to test the redaction, or to log a part of an event.
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

    use super::super::names::REDACTED;
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
            // Parsed again, because serde_json does not parse every float back to the same value.
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
