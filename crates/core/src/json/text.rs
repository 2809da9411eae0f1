//! [`Text`], the inside of a JSON string.

use std::str::Utf8Error;

use memchr::{memchr, memchr2};

/// The inside of a JSON string, still escaped as in the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<'a> {
    raw: &'a [u8],
    escaped: bool,
}

impl<'a> Text<'a> {
    /// Returns the text from the start of `bytes` to its closing quote, and the position after that quote.
    #[inline]
    pub fn until_quote(bytes: &'a [u8]) -> Option<(Self, usize)> {
        let mut at = 0;
        let mut escaped = false;
        loop {
            at += memchr2(b'"', b'\\', bytes.get(at..)?)?;
            if bytes[at] == b'"' {
                let raw = &bytes[..at];
                return Some((Self { raw, escaped }, at + 1));
            }
            escaped = true;
            at += 2;
        }
    }

    /// Creates a text from the inside of a JSON string, without its quotes.
    pub fn from_raw(raw: &'a [u8]) -> Self {
        let escaped = memchr(b'\\', raw).is_some();
        Self { raw, escaped }
    }

    /// Returns the text as written in the document, with its escapes.
    #[inline]
    pub fn raw(self) -> &'a [u8] {
        self.raw
    }

    /// Returns whether the text contains a backslash.
    #[inline]
    pub fn is_escaped(self) -> bool {
        self.escaped
    }

    /// Returns the text if nothing in it is escaped, otherwise `None`.
    #[inline]
    pub fn as_plain(self) -> Option<Result<&'a str, Utf8Error>> {
        (!self.escaped).then(|| std::str::from_utf8(self.raw))
    }

    /// Returns the unescaped bytes of the text. An invalid escape and half of a surrogate pair become U+FFFD.
    pub fn bytes(self) -> TextBytes<'a> {
        TextBytes {
            rest: self.raw,
            pending: [0; 4],
            at: 4,
        }
    }

    /// Appends the unescaped text until `text` has `limit` bytes; returns whether all of it fitted.
    ///
    /// Invalid UTF-8 and invalid escapes become U+FFFD. A character is never split.
    pub fn unescape(self, text: &mut String, limit: usize) -> bool {
        let mut rest = self.raw;
        while !rest.is_empty() {
            let Some(room) = limit.checked_sub(text.len()) else {
                return false;
            };
            let run = memchr(b'\\', rest).unwrap_or(rest.len());
            // No more than this is read: a longer run does not fit, even without the character that may be cut here.
            if !push_lossy(text, &rest[..run.min(room.saturating_add(4))], limit) {
                return false;
            }
            rest = &rest[run..];
            if !rest.is_empty() {
                let (char, behind) = unescape_char(rest);
                if text.len() + char.len_utf8() > limit {
                    return false;
                }
                text.push(char);
                rest = behind;
            }
        }
        true
    }
}

/// The unescaped bytes of a [`Text`]; from [`Text::bytes`].
#[derive(Clone, Debug)]
pub struct TextBytes<'a> {
    rest: &'a [u8],
    pending: [u8; 4],
    /// The position of the next byte in `pending`, which is filled from its end.
    at: usize,
}

impl Iterator for TextBytes<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        if let Some(&byte) = self.pending.get(self.at) {
            self.at += 1;
            return Some(byte);
        }
        let (&byte, behind) = self.rest.split_first()?;
        if byte != b'\\' {
            self.rest = behind;
            return Some(byte);
        }
        let (char, behind) = unescape_char(self.rest);
        self.rest = behind;
        let mut utf8 = [0; 4];
        let utf8 = char.encode_utf8(&mut utf8).as_bytes();
        self.at = self.pending.len() - utf8.len();
        self.pending[self.at..].copy_from_slice(utf8);
        self.next()
    }
}

/// Reads the escape at the start of `bytes`, which is a backslash; also returns the bytes after it.
fn unescape_char(bytes: &[u8]) -> (char, &[u8]) {
    let Some((&letter, rest)) = bytes.get(1..).and_then(<[u8]>::split_first) else {
        return (char::REPLACEMENT_CHARACTER, &[]);
    };
    let char = match letter {
        b'"' | b'\\' | b'/' => char::from(letter),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unescape_unicode(rest),
        // The byte is left in place: a character may begin with it.
        _ => return (char::REPLACEMENT_CHARACTER, &bytes[1..]),
    };
    (char, rest)
}

/// Reads the digits after `\u`, and a second escape if they are half of a surrogate pair.
fn unescape_unicode(bytes: &[u8]) -> (char, &[u8]) {
    let Some((unit, rest)) = hex4(bytes) else {
        return (char::REPLACEMENT_CHARACTER, bytes);
    };
    if let Some(char) = char::from_u32(unit) {
        return (char, rest);
    }
    if let (0xd800..0xdc00, Some((low @ 0xdc00..0xe000, behind))) = (unit, rest.strip_prefix(b"\\u").and_then(hex4)) {
        let code = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        return (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), behind);
    }
    (char::REPLACEMENT_CHARACTER, rest)
}

fn hex4(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (digits, rest) = bytes.split_at_checked(4)?;
    let unit = digits
        .iter()
        .try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)?))?;
    Some((unit, rest))
}

/// Appends bytes until `text` has `limit` bytes, with U+FFFD in place of invalid UTF-8; returns whether all of them fitted.
fn push_lossy(text: &mut String, bytes: &[u8], limit: usize) -> bool {
    for chunk in bytes.utf8_chunks() {
        let (valid, room) = (chunk.valid(), limit.saturating_sub(text.len()));
        if valid.len() > room {
            let fits = (0..=room).rev().find(|at| valid.is_char_boundary(*at));
            text.push_str(&valid[..fits.unwrap_or_default()]);
            return false;
        }
        text.push_str(valid);
        if !chunk.invalid().is_empty() {
            if text.len() + char::REPLACEMENT_CHARACTER.len_utf8() > limit {
                return false;
            }
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn unescaped(raw: &str) -> String {
        let text = Text::from_raw(raw.as_bytes());
        let mut string = String::new();
        assert!(text.unescape(&mut string, usize::MAX));
        let bytes: Vec<u8> = text.bytes().collect();
        assert_eq!(String::from_utf8(bytes).unwrap(), string);
        string
    }

    #[test]
    fn what_is_no_character_is_replaced() {
        assert_eq!(unescaped(r"\ud83d\ude00 \u00e9"), "\u{1f600} é");
        assert_eq!(unescaped(r"a\ud83d"), "a\u{fffd}");
        assert_eq!(unescaped(r"\ud83d\n"), "\u{fffd}\n");
        assert_eq!(unescaped(r"\ud83d\ud83d\ude00"), "\u{fffd}\u{1f600}");
        assert_eq!(unescaped(r"\ude00b"), "\u{fffd}b");
        assert_eq!(unescaped(r"\u12"), "\u{fffd}12");
        assert_eq!(unescaped(r"\é"), "\u{fffd}é");
        assert_eq!(unescaped("\\"), "\u{fffd}");
    }

    #[test]
    fn a_limit_holds_for_what_replaces_invalid_bytes() {
        // A replaced byte has three bytes.
        for (limit, expected, all) in [
            (0, "", false),
            (1, "a", false),
            (3, "a", false),
            (4, "a\u{fffd}", false),
            (5, "a\u{fffd}b", true),
            (6, "a\u{fffd}b", true),
        ] {
            let mut text = String::new();
            assert_eq!(Text::from_raw(b"a\xc4b").unescape(&mut text, limit), all, "{limit}");
            assert_eq!(text, expected, "{limit}");
        }
    }

    proptest! {
        #[test]
        fn a_text_is_read_as_serde_json_reads_it(expected in any::<String>(), all_escaped in any::<bool>()) {
            let document = if all_escaped {
                let units: Vec<String> = expected.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
                format!("\"{}\"", units.concat())
            } else {
                serde_json::to_string(&expected).unwrap()
            };
            let (text, end) = Text::until_quote(&document.as_bytes()[1..]).unwrap();
            prop_assert_eq!(end + 1, document.len());
            prop_assert_eq!(unescaped(std::str::from_utf8(text.raw()).unwrap()), expected);
        }

        #[test]
        fn a_limit_cuts_between_characters(expected in "[a-zé\u{1f600}\n]{0,40}", limit in 0_usize..50) {
            let document = serde_json::to_string(&expected).unwrap();
            let text = Text::until_quote(&document.as_bytes()[1..]).unwrap().0;
            let mut string = String::new();
            let whole = text.unescape(&mut string, limit);
            prop_assert_eq!(whole, expected.len() <= limit);
            prop_assert!(expected.starts_with(&string));
            prop_assert!(string.len() <= limit && (whole || string.len() + 4 > limit));
        }

        #[test]
        fn any_bytes_can_be_unescaped(raw in proptest::collection::vec(prop_oneof![Just(b'\\'), Just(b'u'), Just(b'd'), any::<u8>()], 0..40), limit in 0_usize..50) {
            let mut string = String::new();
            let whole = Text::from_raw(&raw).unescape(&mut string, limit);
            prop_assert!(string.len() <= limit, "{} > {limit}", string.len());
            let mut all = String::new();
            prop_assert!(Text::from_raw(&raw).unescape(&mut all, usize::MAX));
            prop_assert!(all.starts_with(&string) && whole == (all.len() <= limit));
            prop_assert!(Text::from_raw(&raw).bytes().count() <= raw.len() * 3);
        }
    }
}
