//! [`Token`], which names one execution.

use std::fmt;

use uuid::Uuid;

/// Names one execution, so that no other can complete or delete its record.
///
/// Random, from the system each time: a generator in memory would repeat itself after a snapshot is restored.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Token(String);

impl Token {
    pub(crate) fn random() -> Self {
        Self(Uuid::new_v4().simple().to_string())
    }

    /// Creates a token from a text that a store has kept.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns it as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({})", self.0)
    }
}
