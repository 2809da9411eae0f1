//! `Part`, a text that may have been cut.

use memchr::memrchr;

/// A text, and whether its end is missing.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) text: &'a [u8],
    pub(super) is_cut: bool,
}

/// Returns the inside of a JSON string without an escape at its end that is not complete.
///
/// It would be unescaped to U+FFFD, and Base64 in front of it would no longer look like Base64.
pub(super) fn without_half_escape(raw: &[u8]) -> &[u8] {
    let Some(last) = memrchr(b'\\', raw) else { return raw };
    let backslashes = raw[..=last].iter().rev().take_while(|byte| **byte == b'\\').count();
    let is_half = match raw.get(last + 1) {
        None => true,
        Some(b'u') => raw.len() < last + r"\u0000".len(),
        Some(_) => false,
    };
    // Backslashes escape each other in pairs.
    if is_half && backslashes % 2 == 1 {
        &raw[..last]
    } else {
        raw
    }
}

/// Returns a percent-encoded text without a character at its end that is not complete.
pub(super) fn without_half_percent(text: &[u8]) -> &[u8] {
    match text {
        [whole @ .., b'%'] | [whole @ .., b'%', _] => whole,
        _ => text,
    }
}

/// Removes a character at the end of a text that is not complete.
pub(super) fn remove_half_char(text: &mut Vec<u8>) {
    if let Err(error) = std::str::from_utf8(text)
        && error.error_len().is_none()
    {
        text.truncate(error.valid_up_to());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_complete_is_removed() {
        for (raw, expected) in [
            (r"ab\", "ab"),
            (r"ab\\", r"ab\\"),
            (r"ab\\\", r"ab\\"),
            (r"ab\n", r"ab\n"),
            (r"ab\u00e", "ab"),
            (r"ab\u00e9", r"ab\u00e9"),
            (r"ab\\u00", r"ab\\u00"),
            ("ab", "ab"),
            ("", ""),
        ] {
            assert_eq!(without_half_escape(raw.as_bytes()), expected.as_bytes(), "{raw}");
        }
        for (text, expected) in [("a%", "a"), ("a%4", "a"), ("a%41", "a%41"), ("", "")] {
            assert_eq!(without_half_percent(text.as_bytes()), expected.as_bytes(), "{text}");
        }
        for (mut text, expected) in [
            (b"a\xc3".to_vec(), b"a".to_vec()),
            (b"a\xc3\xa9".to_vec(), b"a\xc3\xa9".to_vec()),
            (b"\xffa".to_vec(), b"\xffa".to_vec()),
        ] {
            remove_half_char(&mut text);
            assert_eq!(text, expected);
        }
    }
}
