//! The error of a record that does not decode into what its handler takes.

use std::error::Error;
use std::fmt;

use lambda_runtime::Error as BoxError;

/// The error of a record that does not decode into an argument of its handler.
///
/// The handler is not called for this record, which fails. Other records are not affected.
#[derive(Debug)]
pub struct DecodeError {
    message: String,
    missing: bool,
    source: Option<BoxError>,
}

impl DecodeError {
    /// Creates an error.
    ///
    /// `message` says what is wrong, in lower case. It is logged, so it should not contain the record's content.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            missing: false,
            source: None,
        }
    }

    /// Creates an error for content that is missing, which makes an argument of type `Option<T>` `None`.
    pub fn missing(message: impl Into<String>) -> Self {
        Self {
            missing: true,
            ..Self::new(message)
        }
    }

    /// Sets the underlying error, which becomes the [`source`](Error::source).
    pub fn with_source(self, source: impl Into<BoxError>) -> Self {
        Self {
            source: Some(source.into()),
            ..self
        }
    }

    /// Returns whether the content is missing, as opposed to invalid.
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
