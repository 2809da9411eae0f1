//! `LoggedRecord`, a log record with its keys.

use std::fmt;
use std::ops::Index;

use serde_json::{Map, Value};

/// A log record that was written.
///
/// ```
/// use powertools_lambda_core::test_util::TestEnvironment;
///
/// let test = TestEnvironment::new();
/// test.environment().output().write_line(b"{\"level\":\"INFO\",\"message\":\"placed\",\"order\":{\"id\":\"A-1\"}}\n");
/// let record = &test.records()[0];
/// assert_eq!((record.level(), record.message()), ("INFO", "placed"));
/// assert_eq!(record["order"]["id"], "A-1");
/// assert_eq!(record.get("tenant"), None);
/// ```
#[derive(Clone, PartialEq)]
pub struct LoggedRecord {
    keys: Map<String, Value>,
    request_id: Option<String>,
}

impl LoggedRecord {
    pub(super) fn new(keys: Map<String, Value>, request_id: Option<String>) -> Self {
        Self { keys, request_id }
    }

    /// Returns the level, such as `INFO`; empty if the record has none.
    pub fn level(&self) -> &str {
        self.text("level").unwrap_or_default()
    }

    /// Returns the message; empty if the record has none.
    pub fn message(&self) -> &str {
        self.text("message").unwrap_or_default()
    }

    /// Returns the messages of the error and its causes, joined by `: `, if the record has an error.
    pub fn exception(&self) -> Option<&str> {
        self.text("exception")
    }

    /// Returns the type of the error, if the record has one.
    pub fn exception_name(&self) -> Option<&str> {
        self.text("exception_name")
    }

    /// Returns the value of a key. `record["key"]` is the same, but panics if there is no such key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.keys.get(key)
    }

    /// Returns all keys with their values.
    pub fn keys(&self) -> &Map<String, Value> {
        &self.keys
    }

    /// Returns the id of the request during which the record was written, which need not be one of its keys.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Value::as_str)
    }
}

impl Index<&str> for LoggedRecord {
    type Output = Value;

    /// Returns the value of a key.
    ///
    /// # Panics
    ///
    /// Panics with the whole record if there is no such key.
    #[track_caller]
    fn index(&self, key: &str) -> &Value {
        match self.get(key) {
            Some(value) => value,
            None => panic!("the record has no key {key:?}: {self:?}"),
        }
    }
}

impl fmt::Debug for LoggedRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(&self.keys).map_err(|_| fmt::Error)?)
    }
}
