//! `base64`, `bytes` and `percent`, which redact text inside an encoding and encode it again.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use powertools_lambda_core::json::{self, Scanner};
use std::borrow::Cow;

use super::names::REDACTED;
use super::part::{Part, remove_half_char, without_half_percent};

/// The maximum length of decoded text that is searched for secrets; longer text is redacted whole.
const MAX_DECODED: usize = 65_536;

/// The minimum length of text that is tried as Base64 if no field says that it is: the shortest secret, with its name, is longer.
const MIN_BASE64: usize = 8;

/// With or without padding, because AWS services and clients write both.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
pub(super) const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Text that may be Base64.
#[derive(Clone, Copy)]
pub(super) struct Base64<'a> {
    pub(super) text: &'a [u8],
    /// The length of the text before it was cut; the length of `text` if it is whole.
    pub(super) full_len: usize,
    /// Whether the event says that the text is Base64. If it cannot be decoded to text, it is then redacted whole.
    pub(super) is_marked: bool,
}

impl<'a> Base64<'a> {
    /// Creates a text about which the event says nothing.
    pub(super) fn unmarked(part: Part<'a>) -> Self {
        Self::new(part, false)
    }

    /// Creates a text whose full length is not known if it was cut.
    pub(super) fn new(part: Part<'a>, is_marked: bool) -> Self {
        let Part { text, is_cut } = part;
        Self {
            text,
            full_len: text.len() + usize::from(is_cut),
            is_marked,
        }
    }

    pub(super) fn part(self) -> Part<'a> {
        let Self { text, full_len, .. } = self;
        let is_cut = full_len > text.len();
        Part { text, is_cut }
    }
}

/// Returns Base64 without the secrets of the text that it encodes, if there are any.
///
/// `redact` appends a text without its secrets and returns `true`, or returns `false` if it has none.
pub(super) fn base64(encoded: Base64<'_>, redact: impl Fn(Part<'_>, &mut Vec<u8>) -> bool) -> Option<Vec<u8>> {
    let Base64 {
        text,
        full_len,
        is_marked,
    } = encoded;
    if text.is_empty() || !is_marked && text.len() < MIN_BASE64 {
        return None;
    }
    let whole = || Some(REDACTED.into());
    let unreadable = || if is_marked { whole() } else { None };
    let Some(form) = Form::of(text) else {
        return unreadable();
    };
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    if (full_len - padding) * 3 / 4 > MAX_DECODED {
        return whole();
    }
    let is_cut = encoded.part().is_cut;
    let Some(mut decoded) = form.decode(text, is_cut) else {
        return unreadable();
    };
    if is_cut {
        remove_half_char(&mut decoded);
    }
    let part = Part { text: &decoded, is_cut };
    let mut clean = Vec::new();
    let has_secrets = redact(part, &mut clean);
    if std::str::from_utf8(&decoded).is_err() {
        // Text between other bytes cannot be replaced, because those may contain its length.
        return if is_marked || has_secrets || is_compressed(&decoded) {
            whole()
        } else {
            None
        };
    }
    has_secrets.then(|| form.encode(&clean))
}

/// Returns an array of numbers, which are the bytes of a text, without that text's secrets, if there are any.
pub(super) fn bytes(array: &[u8], redact: impl Fn(Part<'_>, &mut Vec<u8>) -> bool) -> Option<Vec<u8>> {
    let (mut decoded, is_cut) = byte_array(array)?;
    let is_long = decoded.len() > MAX_DECODED;
    if is_cut {
        remove_half_char(&mut decoded);
    }
    let part = Part { text: &decoded, is_cut };
    let mut clean = Vec::new();
    if !is_long && !redact(part, &mut clean) {
        return None;
    }
    if is_long || std::str::from_utf8(&decoded).is_err() {
        return Some(redacted_bytes());
    }
    // Kafka's headers are Java's bytes, which have a sign.
    let is_unsigned = Numbers::new(array).any(|number| number.is_some_and(|number| number > 127));
    Some(write_bytes(&clean, is_unsigned))
}

/// Returns a redacted byte array, or `None` if `array` does not start with a byte array.
pub(super) fn secret_bytes(array: &[u8]) -> Option<Vec<u8>> {
    byte_array(array).map(|_| redacted_bytes())
}

/// Returns a percent-encoded text without its secrets, if there are any.
pub(super) fn percent(part: Part<'_>, redact: impl Fn(Part<'_>, &mut Vec<u8>) -> bool) -> Option<Vec<u8>> {
    let Part { text, is_cut } = part;
    if !text.contains(&b'%') {
        return None;
    }
    let decoded = percent_decoded(if is_cut { without_half_percent(text) } else { text });
    if decoded == text {
        return None;
    }
    let part = Part { text: &decoded, is_cut };
    let mut clean = Vec::new();
    redact(part, &mut clean).then(|| {
        let has_plus = text.contains(&b'+');
        let mut encoded = Vec::with_capacity(clean.len());
        for byte in clean {
            match byte {
                b' ' if has_plus => encoded.push(b'+'),
                // The brackets of `[redacted]` stay readable.
                b'-' | b'.' | b'_' | b'~' | b'[' | b']' => encoded.push(byte),
                _ if byte.is_ascii_alphanumeric() => encoded.push(byte),
                _ => encoded.extend_from_slice(format!("%{byte:02X}").as_bytes()),
            }
        }
        encoded
    })
}

/// Decodes a name or a value of a query string or form.
pub(super) fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        let hex = (byte == b'%').then(|| behind.split_at_checked(2)).flatten();
        let hex = hex.and_then(|(digits, behind)| {
            let digits = std::str::from_utf8(digits).ok()?;
            Some((u8::from_str_radix(digits, 16).ok()?, behind))
        });
        let (byte, behind) = hex.unwrap_or((if byte == b'+' { b' ' } else { byte }, behind));
        decoded.push(byte);
        rest = behind;
    }
    decoded
}

/// How a text is written in Base64.
struct Form {
    is_url_safe: bool,
    is_padded: bool,
}

impl Form {
    /// Returns the form of a text, unless it has characters that are not Base64.
    fn of(text: &[u8]) -> Option<Self> {
        let data = text.trim_ascii_end();
        // Counts up to three, because more than two are invalid.
        let padding = data.iter().rev().take(3).take_while(|byte| **byte == b'=').count();
        let (mut is_standard, mut is_url_safe) = (false, false);
        for byte in &data[..data.len() - padding] {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'\r' | b'\n' => {}
                b'+' | b'/' => is_standard = true,
                b'-' | b'_' => is_url_safe = true,
                _ => return None,
            }
        }
        let is_base64 = padding <= 2 && !(is_standard && is_url_safe);
        let is_padded = padding > 0 || data.len().is_multiple_of(4) && !is_url_safe;
        is_base64.then_some(Self { is_url_safe, is_padded })
    }

    fn decode(&self, text: &[u8], is_cut: bool) -> Option<Vec<u8>> {
        let engine = if self.is_url_safe { &BASE64_URL } else { &BASE64 };
        let is_break = |byte: &u8| matches!(byte, b'\r' | b'\n');
        let text = text.trim_ascii_end();
        let mut text: Cow<'_, [u8]> = if text.iter().any(is_break) {
            text.iter().copied().filter(|byte| !is_break(byte)).collect()
        } else {
            text.into()
        };
        if is_cut && text.len() % 4 == 1 {
            // A single character is less than a byte.
            text = text[..text.len() - 1].to_vec().into();
        }
        engine.decode(text).ok()
    }

    fn encode(&self, bytes: &[u8]) -> Vec<u8> {
        let engine = if self.is_url_safe { &BASE64_URL } else { &BASE64 };
        let mut encoded = engine.encode(bytes).into_bytes();
        if !self.is_padded {
            let padding = encoded.iter().rev().take_while(|byte| **byte == b'=').count();
            encoded.truncate(encoded.len() - padding);
        }
        encoded
    }
}

/// Returns the bytes that an array has as numbers, signed or unsigned, if it has at least one and nothing else, and whether
/// the end of the array is missing.
///
/// Stops when there are too many to be searched.
fn byte_array(array: &[u8]) -> Option<(Vec<u8>, bool)> {
    let mut numbers = Numbers::new(array);
    let mut bytes = Vec::new();
    for number in numbers.by_ref() {
        #[allow(clippy::cast_sign_loss, clippy::cast_possible_truncation)] // the same eight bits
        bytes.push(number.filter(|number| (-128..=255).contains(number))? as u8);
        if bytes.len() > MAX_DECODED {
            break;
        }
    }
    (!bytes.is_empty()).then_some((bytes, numbers.is_cut))
}

/// The numbers of an array, and `None` for the first item that is not a small whole number.
///
/// If the end of the array is missing, so may be the last digits of its last number, which is left out.
struct Numbers<'a> {
    scanner: Scanner<'a>,
    /// What is before the next number, if there is one.
    separator: Option<u8>,
    is_cut: bool,
}

impl<'a> Numbers<'a> {
    fn new(array: &'a [u8]) -> Self {
        Self {
            scanner: Scanner::new(array),
            separator: Some(b'['),
            is_cut: false,
        }
    }
}

impl Iterator for Numbers<'_> {
    type Item = Option<i16>;

    fn next(&mut self) -> Option<Self::Item> {
        let separator = self.separator.take()?;
        let number = self
            .scanner
            .take(separator)
            .and_then(|()| self.scanner.number()?.parse().ok());
        match self.scanner.peek() {
            None => {
                self.is_cut = true;
                return None;
            }
            Some(b']') => {}
            Some(_) => self.separator = number.map(|_| b','),
        }
        Some(number)
    }
}

fn redacted_bytes() -> Vec<u8> {
    write_bytes(REDACTED.as_bytes(), false)
}

fn write_bytes(bytes: &[u8], is_unsigned: bool) -> Vec<u8> {
    let mut array = vec![b'['];
    for (at, byte) in bytes.iter().enumerate() {
        if at > 0 {
            array.push(b',');
        }
        let number = if is_unsigned {
            i64::from(*byte)
        } else {
            i64::from(byte.cast_signed())
        };
        json::write_i64(&mut array, number);
    }
    array.push(b']');
    array
}

/// Returns whether bytes begin like the output of gzip, zlib or Zstandard.
fn is_compressed(bytes: &[u8]) -> bool {
    let begins = [
        &[0x1f, 0x8b, 8][..],
        &[0x28, 0xb5, 0x2f, 0xfd],
        &[0x78, 0x01],
        &[0x78, 0x9c],
        &[0x78, 0xda],
    ];
    begins.iter().any(|begin| bytes.starts_with(begin))
}
