//! [`BufferedAnswer`], an answer as JSON.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::SET_COOKIE;
use http::response::Parts;
use http::{HeaderMap, HeaderValue};
use powertools_lambda_core::Warnings;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::single_values::to_single_values;
use crate::event::Format;

/// An answer that is posted as one JSON document.
///
/// A body that is UTF-8 is written as text, any other one as Base64. This is right for all headers, because the
/// client gets the same bytes either way.
pub struct BufferedAnswer {
    parts: Parts,
    cookies: Vec<HeaderValue>,
    body: Bytes,
    format: Format,
}

impl BufferedAnswer {
    pub(super) fn new(mut parts: Parts, body: Bytes, format: Format, warnings: &Warnings) -> Self {
        let mut cookies = Vec::new();
        if format == Format::Version2 && parts.headers.contains_key(SET_COOKIE) {
            cookies = parts.headers.get_all(SET_COOKIE).iter().cloned().collect();
            parts.headers.remove(SET_COOKIE);
        }
        if !format.has_multi_value_headers() {
            to_single_values(&mut parts.headers, warnings);
        }
        Self {
            parts,
            cookies,
            body,
            format,
        }
    }
}

impl Format {
    fn has_multi_value_headers(self) -> bool {
        matches!(self, Self::Version1 | Self::Alb { multi_value: true })
    }
}

impl Serialize for BufferedAnswer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("statusCode", &self.parts.status.as_u16())?;
        if matches!(self.format, Format::Alb { .. } | Format::VpcLattice) {
            map.serialize_entry("statusDescription", &StatusText(&self.parts))?;
        }
        if self.format.has_multi_value_headers() {
            map.serialize_entry("multiValueHeaders", &MultiValue(&self.parts.headers))?;
        } else {
            map.serialize_entry("headers", &SingleValue(&self.parts.headers))?;
        }
        if self.format == Format::Version2 {
            map.serialize_entry("cookies", &Texts(&self.cookies))?;
        }
        let text = std::str::from_utf8(&self.body);
        let body = text.map_or_else(|_| Cow::Owned(STANDARD.encode(&self.body)), Cow::Borrowed);
        map.serialize_entry("body", &*body)?;
        map.serialize_entry("isBase64Encoded", &text.is_err())?;
        map.end()
    }
}

/// The status with its reason.
struct StatusText<'a>(&'a Parts);

impl Serialize for StatusText<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let status = self.0.status;
        // A load balancer requires a reason.
        let reason = status.canonical_reason().unwrap_or("Unknown");
        serializer.collect_str(&format_args!("{} {reason}", status.as_u16()))
    }
}

struct SingleValue<'a>(&'a HeaderMap);

impl Serialize for SingleValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.keys_len()))?;
        for (name, value) in self.0 {
            map.serialize_entry(name.as_str(), &*text(value))?;
        }
        map.end()
    }
}

struct MultiValue<'a>(&'a HeaderMap);

impl Serialize for MultiValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.keys_len()))?;
        for name in self.0.keys() {
            map.serialize_entry(name.as_str(), &Texts(&self.0.get_all(name)))?;
        }
        map.end()
    }
}

/// A list of headers' values.
struct Texts<'a, T>(&'a T);

impl<'a, 'v, T> Serialize for Texts<'a, T>
where
    &'a T: IntoIterator<Item = &'v HeaderValue>,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.into_iter().map(text))
    }
}

/// Returns a header's value as text. Bytes that are not UTF-8 are replaced, because JSON cannot have them.
fn text(value: &HeaderValue) -> Cow<'_, str> {
    String::from_utf8_lossy(value.as_bytes())
}

impl fmt::Debug for BufferedAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BufferedAnswer")
            .field("status", &self.parts.status)
            .finish_non_exhaustive()
    }
}
