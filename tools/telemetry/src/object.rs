//! [`Object`]: a JSON object in its original order.

use std::fmt;
use std::ops::{Deref, Index};

use serde_json::{Map, Value};

/// A JSON object with its keys in the order in which they were written.
///
/// It can be indexed like a [`Value`]: a missing key has the value `null`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object(Map<String, Value>);

impl Object {
    /// Parses a text that consists of one JSON object.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self)
    }

    /// Returns the value of a key, if it is text.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.as_str()
    }

    /// Sets a value.
    pub(crate) fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.to_owned(), value.into());
    }

    /// Removes a key; the others keep their order.
    pub(crate) fn take(&mut self, key: &str) -> Option<Value> {
        self.0.shift_remove(key)
    }
}

impl Deref for Object {
    type Target = Map<String, Value>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Index<&str> for Object {
    type Output = Value;

    fn index(&self, key: &str) -> &Value {
        static NULL: Value = Value::Null;
        self.0.get(key).unwrap_or(&NULL)
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string(&self.0).map_err(|_| fmt::Error)?;
        f.write_str(&text)
    }
}

impl From<Map<String, Value>> for Object {
    fn from(map: Map<String, Value>) -> Self {
        Self(map)
    }
}

impl From<Object> for Map<String, Value> {
    fn from(object: Object) -> Self {
        object.0
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::Object(object.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_prints_as_it_was_written_and_has_null_for_what_is_missing() {
        let text = r#"{"b":1.10,"a":{"d":[null],"c":"\n"}}"#;
        let object = Object::read(text).unwrap();
        assert_eq!(object.to_string(), text.replace("1.10", "1.1"));
        assert_eq!((&object["c"], &object["a"]["x"]["y"]), (&Value::Null, &Value::Null));
        for other in ["[1]", "1", "{\"a\":1} x", ""] {
            assert_eq!(Object::read(other), None, "{other}");
        }
    }
}
