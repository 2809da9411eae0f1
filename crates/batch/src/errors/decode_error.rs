//! The error of a record that does not decode into what its handler takes.

use std::error::Error;
use std::fmt;

use lambda_runtime::Error as BoxError;

/// Why a record could not be made into what its handler takes.
///
/// Its handler is not called. The record fails, and no other does.
#[derive(Debug)]
pub struct DecodeError {
    message: String,
    missing: bool,
    source: Option<BoxError>,
}

impl DecodeError {
    /// Creates an error; `message` says in lower case what is wrong and does not show the content.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            missing: false,
            source: None,
        }
    }

    /// Creates an error for something that is not there.
    pub fn missing(message: impl Into<String>) -> Self {
        Self {
            missing: true,
            ..Self::new(message)
        }
    }

    /// Adds what went wrong below.
    pub fn with_source(self, source: impl Into<BoxError>) -> Self {
        Self {
            source: Some(source.into()),
            ..self
        }
    }

    /// Returns whether the content is not there at all, as opposed to being wrong.
    pub fn is_missing(&self) -> bool {
        self.missing
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for DecodeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
