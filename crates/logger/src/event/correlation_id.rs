//! `CorrelationId`, an id found in an event.

use powertools_lambda_core::json::Text;
use std::borrow::Cow;
use std::fmt;

use powertools_lambda_core::json;

use super::pointer::Scalar;

/// The maximum length of a correlation id in bytes.
pub(crate) const MAX_ID_BYTES: usize = 256;

/// The correlation id that a [`CorrelationIdPath`](super::CorrelationIdPath) found: a string or a number.
///
/// It borrows from the event unless it contains escapes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorrelationId<'a>(Kind<'a>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind<'a> {
    Text(Cow<'a, str>),
    /// As written in the event.
    Number(&'a str),
}

impl<'a> CorrelationId<'a> {
    /// Returns the id as text; a number as it is written in the event.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Kind::Text(text) => text,
            Kind::Number(text) => text,
        }
    }

    /// Appends the id as JSON.
    pub(crate) fn write_json(&self, buffer: &mut Vec<u8>) {
        match &self.0 {
            Kind::Text(text) => json::write_str(buffer, text),
            Kind::Number(text) => buffer.extend_from_slice(text.as_bytes()),
        }
    }

    /// Creates an id from a value found in an event, if it can be one.
    pub(crate) fn new(found: Scalar<'a>) -> Option<Self> {
        match found {
            Scalar::Text(text) => Self::from_text(text),
            Scalar::Number(text) => Self::from_number(text),
        }
    }

    /// Creates an id from a string, truncated to the maximum length.
    fn from_text(text: Text<'a>) -> Option<Self> {
        let text = if let Some(plain) = text.as_plain() {
            let plain = plain.ok()?;
            Cow::Borrowed(&plain[..plain.floor_char_boundary(MAX_ID_BYTES)])
        } else {
            let mut string = String::new();
            text.unescape(&mut string, MAX_ID_BYTES);
            Cow::Owned(string)
        };
        (!text.is_empty()).then_some(Self(Kind::Text(text)))
    }

    /// Creates an id from a number, unless it is too long; a truncated number would be a different one.
    fn from_number(text: &'a str) -> Option<Self> {
        // Most JSON parsers reject a number that does not fit into an `f64`.
        let is_finite = || text.parse().is_ok_and(f64::is_finite);
        (text.len() <= MAX_ID_BYTES && is_finite()).then_some(Self(Kind::Number(text)))
    }
}

impl fmt::Display for CorrelationId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
