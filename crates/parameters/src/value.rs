//! `Value`, the text or bytes of a parameter before they are decoded.

use std::fmt;

use serde::Serialize;

use crate::{DecodeError, Secret};

/// The text or bytes of a parameter, before they are decoded.
///
/// It is never printed, and its memory is overwritten when its last handle is dropped.
#[derive(Clone)]
pub struct Value(Content);

#[derive(Clone)]
enum Content {
    Text(Secret),
    /// A text that is a list, separated by commas, as the store says.
    #[cfg_attr(not(any(feature = "ssm", feature = "secrets-extension")), allow(dead_code))]
    List(Secret),
    Binary(Secret<Vec<u8>>),
}

impl Value {
    /// Creates a text value.
    pub fn text(text: impl Into<String>) -> Self {
        Self(Content::Text(Secret::new(text.into())))
    }

    /// Creates a binary value.
    pub fn binary(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Content::Binary(Secret::new(bytes.into())))
    }

    /// Creates a text value with the JSON of `content`.
    ///
    /// # Errors
    ///
    /// Returns an error if `content` cannot be serialized.
    pub fn json<T: Serialize + ?Sized>(content: &T) -> Result<Self, serde_json::Error> {
        serde_json::to_string(content).map(Self::text)
    }

    /// Creates a text value with a list, separated by commas.
    #[cfg(any(feature = "ssm", feature = "secrets-extension"))]
    pub(crate) fn list(text: impl Into<String>) -> Self {
        Self(Content::List(Secret::new(text.into())))
    }

    /// Returns the value as text. Bytes are text if they are valid UTF-8.
    ///
    /// # Errors
    ///
    /// Returns an error if the value is binary and not valid UTF-8.
    pub fn as_str(&self) -> Result<&str, DecodeError> {
        match &self.0 {
            Content::Text(text) | Content::List(text) => Ok(text.expose()),
            Content::Binary(bytes) => str::from_utf8(bytes.expose()).map_err(DecodeError::not_text),
        }
    }

    /// Returns the text of a text value; `None` for a binary one.
    #[cfg(feature = "secrets")]
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.0 {
            Content::Text(text) | Content::List(text) => Some(text.expose()),
            Content::Binary(_) => None,
        }
    }

    /// Returns the value as bytes.
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Content::Text(text) | Content::List(text) => text.expose().as_bytes(),
            Content::Binary(bytes) => bytes.expose(),
        }
    }

    /// Returns whether the store says that the text is a list, separated by commas.
    pub(crate) fn is_list(&self) -> bool {
        matches!(self.0, Content::List(_))
    }

    /// Returns the value as a secret; a text is not copied, so that only one copy has to be overwritten.
    pub(crate) fn to_secret(&self) -> Result<Secret, DecodeError> {
        match &self.0 {
            Content::Text(text) | Content::List(text) => Ok(text.clone()),
            Content::Binary(_) => self.as_str().map(Secret::from),
        }
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::binary(bytes)
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::binary(bytes)
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Content::Text(_) | Content::List(_) => "Value(text)",
            Content::Binary(_) => "Value(binary)",
        })
    }
}
