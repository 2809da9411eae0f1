//! `Auto`, which decodes by the suffix of the name.

use std::fmt;
use std::sync::Arc;

use super::base64::Base64;
use super::decoding::{Decode, Sealed};
use super::json::Json;
use super::plain::Text;
use crate::{DecodeError, Value};

/// Decodes by the name's suffix: `.json` is JSON, `.binary` and `.base64` are Base64, everything else is text.
///
/// The suffix may be in upper or lower case.
#[derive(Clone, Copy, Debug, Default)]
pub struct Auto;

/// A value that was decoded by its name's suffix. Its `Debug` shows the variant, not the value.
#[derive(Clone)]
#[non_exhaustive]
pub enum Decoded {
    /// The name has none of the other suffixes.
    Text(Arc<str>),
    /// The name ends in `.json`.
    Json(Arc<serde_json::Value>),
    /// The name ends in `.binary` or `.base64`.
    Binary(bytes::Bytes),
}

impl Sealed for Auto {}

impl Decode for Auto {
    type Output = Decoded;

    fn decode(&self, name: &str, value: &Value) -> Result<Decoded, DecodeError> {
        let suffix = name.rsplit_once('.').map_or("", |(_, suffix)| suffix);
        if suffix.eq_ignore_ascii_case("json") {
            Json::new().decode(name, value).map(Decoded::Json)
        } else if suffix.eq_ignore_ascii_case("binary") || suffix.eq_ignore_ascii_case("base64") {
            Base64.decode(name, value).map(Decoded::Binary)
        } else {
            Text.decode(name, value).map(Decoded::Text)
        }
    }
}

impl fmt::Debug for Decoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text(..)",
            Self::Json(_) => "Json(..)",
            Self::Binary(_) => "Binary(..)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suffix_decides_in_upper_and_lower_case() {
        for (name, kind) in [
            ("/a.json", "Json(..)"),
            ("/a.JSON", "Json(..)"),
            ("/a.binary", "Binary(..)"),
            ("/a.Base64", "Binary(..)"),
            ("/a", "Text(..)"),
            ("json", "Text(..)"),
            ("/a.json.bak", "Text(..)"),
            ("", "Text(..)"),
        ] {
            assert_eq!(
                format!("{:?}", Auto.decode(name, &"1234".into()).unwrap()),
                kind,
                "{name}"
            );
        }
    }
}
