//! [`Token`], which names one execution.

use std::fmt;

use crate::StoreError;

/// Names one execution, so that no other can complete or delete its record.
///
/// Random, from the system each time: a generator in memory would repeat itself after a snapshot is restored.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Token(String);

impl Token {
    /// Returns an error if the system has no random numbers.
    pub(crate) fn random() -> Result<Self, StoreError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)
            .map_err(|error| StoreError::unavailable(format!("the system has no random numbers: {error}")))?;
        Ok(Self(format!("{:032x}", u128::from_be_bytes(bytes))))
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
