//! `Base64`, which decodes Base64.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::decoding::{Decode, Sealed};
use crate::{DecodeError, Value};

/// Decodes Base64 into [`bytes::Bytes`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Base64;

impl Sealed for Base64 {}

impl Decode for Base64 {
    type Output = bytes::Bytes;

    fn decode(&self, _name: &str, value: &Value) -> Result<bytes::Bytes, DecodeError> {
        decode(value.as_bytes()).map(bytes::Bytes::from)
    }
}

const PADDING: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, PADDING);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, PADDING);

/// Reads the standard or the URL-safe alphabet, with or without padding. Ignores white space at the ends and line breaks,
/// as `base64` and PEM write them.
fn decode(text: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let text = text.trim_ascii();
    let unwrapped;
    let text = if text.iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
        unwrapped = text.iter().copied().filter(|byte| !is_space(byte)).collect::<Vec<_>>();
        &unwrapped
    } else {
        text
    };
    let url_safe = text.iter().any(|byte| matches!(byte, b'-' | b'_'));
    let engine = if url_safe { &URL_SAFE } else { &STANDARD };
    engine.decode(text).map_err(|error| {
        // The library's text would show the character.
        DecodeError::new(
            "base64",
            match error {
                base64::DecodeError::InvalidByte(at, _) | base64::DecodeError::InvalidLastSymbol { offset: at, .. } => {
                    format!("invalid character at offset {at}")
                }
                _ => "invalid length or padding".to_owned(),
            },
        )
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn padding_line_breaks_and_the_url_safe_alphabet_are_read() {
        for (text, bytes) in [
            ("aGVsbG8=", &b"hello"[..]),
            ("aGVsbG8", b"hello"),
            (" aGVs\r\nbG8=\n", b"hello"),
            ("-_8=", b"\xfb\xff"),
            ("+/8=", b"\xfb\xff"),
            ("", b""),
        ] {
            assert_eq!(decode(text.as_bytes()).unwrap(), bytes, "{text:?}");
        }
    }

    #[test]
    fn anything_else_is_an_error_that_does_not_show_it() {
        for (text, reason) in [
            ("aGVs!!bG8=", "transform base64: invalid character at offset 4"),
            ("aGVsb", "transform base64: invalid length or padding"),
            ("+_8=", "transform base64: invalid character at offset 0"),
        ] {
            assert_eq!(decode(text.as_bytes()).unwrap_err().to_string(), reason);
        }
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            for engine in [STANDARD, URL_SAFE] {
                prop_assert_eq!(&decode(engine.encode(&bytes).as_bytes()).unwrap(), &bytes);
            }
        }

        #[test]
        fn nonsense_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes);
        }
    }
}
