//! `ValueError`, the error of a value that does not fit a type.

use std::fmt;

use serde::de;

/// The error of a value that does not fit a type.
#[derive(Debug)]
pub(crate) enum ValueError {
    /// Attributes of a flag that is disabled.
    Disabled,
    Invalid(String),
}

impl From<serde_json::Error> for ValueError {
    fn from(error: serde_json::Error) -> Self {
        Self::Invalid(error.to_string())
    }
}

impl de::Error for ValueError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Invalid(message.to_string())
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disabled => f.write_str("the flag is disabled"),
            Self::Invalid(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for ValueError {}
