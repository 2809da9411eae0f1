//! The encodings that events use for text and bytes.

use std::fmt::Write as _;
use std::io::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;

pub(super) fn base64(bytes: impl AsRef<[u8]>) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// Compresses bytes as CloudWatch Logs does.
pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.unwrap_or_else(|error| panic!("memory takes every byte: {error}"))
}

/// Encodes a text for a URL, except for the characters in `kept`.
pub(super) fn percent(text: &str, kept: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii_alphanumeric() || "-._~".contains(character) || kept.contains(character) {
            encoded.push(character);
        } else {
            for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

/// Decodes a name or a value of a query, in which a `+` is a space. A `%` without two hexadecimal digits stays.
pub(super) fn form_decoded(text: &str) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        if let [b'%', high, low, after @ ..] = rest
            && let (Some(high), Some(low)) = (digit(*high), digit(*low))
        {
            decoded.push(high * 16 + low);
            rest = after;
        } else {
            decoded.push(if *first == b'+' { b' ' } else { *first });
            rest = after;
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// Returns the value of a hexadecimal digit.
fn digit(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    u8::try_from(digit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_keeps_unreserved_characters_and_encodes_all_others() {
        assert_eq!(percent("a-b_c.d~1", ""), "a-b_c.d~1");
        assert_eq!(percent("é & /", "/"), "%C3%A9%20%26%20/");
    }

    #[test]
    fn what_a_client_encodes_is_decoded() {
        for text in ["a b", "a+b@x.com", "100%", "é & /", ""] {
            assert_eq!(form_decoded(&percent(text, "")), text);
        }
        assert_eq!(form_decoded("a+b%20c%2b"), "a b c+");
        assert_eq!(form_decoded("100%&%zz%4%+1"), "100%&%zz%4% 1");
    }
}
