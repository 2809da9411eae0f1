//! An id that was found in an event.

use std::borrow::Cow;
use std::fmt;

use powertools_lambda_core::json;

use super::text::Text;

/// The correlation id that a [`CorrelationPath`](super::CorrelationPath) found: a text or a number.
///
/// Borrowed from the event wherever nothing in it was escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorrelationId<'a>(Kind<'a>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind<'a> {
    Text(Cow<'a, str>),
    /// As it stands in the event.
    Number(&'a str),
}

/// Why a value is no correlation id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// There is none, or it is empty, or no text and no number.
    Absent,
    /// It is longer than [`CorrelationId::MAX_LEN`].
    TooLong,
}

impl<'a> CorrelationId<'a> {
    /// How many bytes an id has at most: 256.
    pub const MAX_LEN: usize = 256;

    /// Returns the id as text; a number as it stands in the event.
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

    pub(crate) fn from_text(text: Text<'a>) -> Result<Self, Unusable> {
        let text = if let Some(plain) = text.as_plain() {
            if text.raw().len() > Self::MAX_LEN {
                return Err(Unusable::TooLong);
            }
            Cow::Borrowed(plain.map_err(|_| Unusable::Absent)?)
        } else {
            let mut string = String::new();
            if !text.unescape(&mut string, Self::MAX_LEN) {
                return Err(Unusable::TooLong);
            }
            Cow::Owned(string)
        };
        if text.is_empty() {
            return Err(Unusable::Absent);
        }
        Ok(Self(Kind::Text(text)))
    }

    pub(crate) fn from_number(text: &'a str) -> Result<Self, Unusable> {
        if text.len() > Self::MAX_LEN {
            return Err(Unusable::TooLong);
        }
        // Most readers of the record would not take a number that no f64 holds.
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Self(Kind::Number(text))),
            _ => Err(Unusable::Absent),
        }
    }
}

impl fmt::Display for CorrelationId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
