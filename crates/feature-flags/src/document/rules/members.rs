//! `Members`, the values among which an action looks for a key's value.

use hashbrown::HashSet;
use serde_json::Value;

use super::operand::{BadOperand, contains, equal};

/// The values of a condition, among which a key's value is looked for.
#[derive(Debug)]
pub(super) struct Members {
    texts: Texts,
    others: Vec<Value>,
}

#[derive(Debug)]
enum Texts {
    Few(Vec<Box<str>>),
    /// Found by their hash, because lists of thousands of users are common.
    Many(HashSet<Box<str>>),
}

/// Up to this many texts are compared one by one, which is faster than a hash.
const FEW: usize = 8;

impl Members {
    pub(super) fn new(values: Vec<Value>) -> Self {
        let (mut texts, mut others) = (Vec::new(), Vec::new());
        for value in values {
            match value {
                Value::String(text) => texts.push(text.into_boxed_str()),
                other => others.push(other),
            }
        }
        let texts = if texts.len() <= FEW {
            Texts::Few(texts)
        } else {
            Texts::Many(texts.into_iter().collect())
        };
        Self { texts, others }
    }

    pub(super) fn contain(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => match &self.texts {
                Texts::Few(texts) => texts.iter().any(|known| **known == **text),
                Texts::Many(texts) => texts.contains(text.as_str()),
            },
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
