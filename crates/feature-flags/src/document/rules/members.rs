//! `Members`, the values among which an action looks for a key's value.

use hashbrown::HashSet;
use serde_json::Value;

use super::operand::{BadOperand, contains, equal};

/// The values of a condition, among which a key's value is looked for.
///
/// Texts are found by their hash, because lists of thousands of users are common.
#[derive(Debug)]
pub(super) struct Members {
    texts: HashSet<Box<str>>,
    others: Vec<Value>,
}

impl Members {
    pub(super) fn new(values: Vec<Value>) -> Self {
        let (mut texts, mut others) = (HashSet::new(), Vec::new());
        for value in values {
            match value {
                Value::String(text) => drop(texts.insert(text.into_boxed_str())),
                other => others.push(other),
            }
        }
        Self { texts, others }
    }

    pub(super) fn contain(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.texts.contains(text.as_str()),
            _ => self.others.iter().any(|other| equal(other, value)),
        }
    }
}

/// What `KEY_IN_VALUE` looks in: a list, or the keys of an object.
#[derive(Debug)]
pub(super) enum Container {
    List(Members),
    Object(Value),
}

impl Container {
    /// Returns `None` for a value that contains nothing. A text does not: in Python, `"a" in "cat"` would match.
    pub(super) fn new(value: Value) -> Option<Self> {
        match value {
            Value::Array(items) => Some(Self::List(Members::new(items))),
            Value::Object(_) => Some(Self::Object(value)),
            _ => None,
        }
    }

    pub(super) fn contains(&self, value: &Value) -> Result<bool, BadOperand> {
        match self {
            Self::List(members) => Ok(members.contain(value)),
            Self::Object(object) => contains(object, value),
        }
    }
}
