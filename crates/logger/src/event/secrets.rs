//! `redact`, which replaces the values of named fields in text that may contain JSON or a query string.
//!
//! The text need not be valid JSON, because only its quotes, colons and brackets are read. Valid JSON is redacted as a
//! parser would see it and otherwise copied byte for byte. Text that is nearly JSON (truncated, several documents, JSON
//! inside a sentence) is redacted, too, instead of being logged whole because of one wrong character.

use powertools_lambda_core::json::{Text, nested_len};
use std::ops::Range;

use memchr::memchr3;
use powertools_lambda_core::json;

use super::names::Names;

/// The text that replaces a secret.
pub(crate) const REDACTED: &str = "[redacted]";

/// How deep JSON can be nested in strings of JSON; a string nested deeper is redacted whole.
///
/// Each level doubles the backslashes, so real events do not come near it.
const MAX_LAYERS: u32 = 8;

/// The maximum length of a name, unescaped.
const MAX_NAME: usize = 256;

/// Appends `text` without its secrets and returns `true`, or appends nothing and returns `false` if it has no secret.
pub(crate) fn redact(names: &Names, text: &str, clean: &mut Vec<u8>) -> bool {
    redact_layer(names, text.as_bytes(), 1, clean)
}

fn redact_layer(names: &Names, text: &[u8], layer: u32, clean: &mut Vec<u8>) -> bool {
    let mut edited = Edited { text, copied: 0, clean };
    let mut at = 0;
    let mut may_be_inner = true;
    while let Some(run) = text.get(at..).and_then(|rest| memchr3(b'"', b'=', b'\\', rest)) {
        at += run;
        match text[at] {
            b'=' => {
                let value = at + 1..query_value_end(text, at + 1);
                if !value.is_empty() && is_query_name(names, &text[edited.copied..at]) {
                    at = edited.replace(value, REDACTED.as_bytes());
                } else {
                    at += 1;
                }
            }
            b'\\' => {
                // A backslash outside quotes is not JSON, but may be the inside of a JSON string.
                if may_be_inner && inner(names, Text::from_raw(&text[at..]), layer).is_some() {
                    at = edited.replace(at..text.len(), REDACTED.as_bytes());
                }
                may_be_inner = false;
                at += 1;
            }
            _ => {
                let Some((token, length)) = Text::until_quote(&text[at + 1..]) else {
                    let rest = Text::from_raw(&text[at + 1..]);
                    if let Some(inner) = inner(names, rest, layer) {
                        edited.replace(at + 1..text.len(), &inner);
                        break;
                    }
                    at += 1;
                    continue;
                };
                let close = at + length;
                let colon = skip_space(text, close + 1);
                if text.get(colon) == Some(&b':') && is_secret(names, token) {
                    let start = skip_space(text, colon + 1);
                    at = edited.replace(start..value_end(text, start), b"\"[redacted]\"");
                } else if token.is_escaped() {
                    if let Some(inner) = inner(names, token, layer) {
                        edited.replace(at + 1..close, &inner);
                    }
                    at = close;
                } else {
                    // The closing quote is also tried as an opening one, because outside JSON it may be one.
                    at += 1;
                }
            }
        }
    }
    edited.finish()
}

/// A text with some of its parts replaced.
struct Edited<'a> {
    text: &'a [u8],
    /// How much of `text` is already in `clean`.
    copied: usize,
    clean: &'a mut Vec<u8>,
}

impl Edited<'_> {
    /// Replaces a part after the previous one; returns its end.
    fn replace(&mut self, part: Range<usize>, with: &[u8]) -> usize {
        self.clean.extend_from_slice(&self.text[self.copied..part.start]);
        self.clean.extend_from_slice(with);
        self.copied = part.end;
        part.end
    }

    fn finish(self) -> bool {
        let is_changed = self.copied != 0;
        if is_changed {
            self.clean.extend_from_slice(&self.text[self.copied..]);
        }
        is_changed
    }
}

/// Returns the inside of a string without the secrets of the text that it encodes, if there are any.
fn inner(names: &Names, raw: Text<'_>, layer: u32) -> Option<Vec<u8>> {
    if !raw.is_escaped() {
        return None;
    }
    if layer == MAX_LAYERS {
        return Some(REDACTED.into());
    }
    let (mut text, mut clean) = (String::new(), Vec::new());
    raw.unescape(&mut text, usize::MAX);
    redact_layer(names, text.as_bytes(), layer + 1, &mut clean).then(|| {
        let mut escaped = Vec::with_capacity(clean.len() + clean.len() / 8);
        json::write_escaped(&mut escaped, &String::from_utf8_lossy(&clean));
        escaped
    })
}

/// Returns whether fields with this name are secrets.
pub(crate) fn is_secret(names: &Names, name: Text<'_>) -> bool {
    if !name.is_escaped() {
        return names.contains(name.raw());
    }
    let mut text = String::new();
    name.unescape(&mut text, MAX_NAME) && names.contains(text.as_bytes())
}

/// Returns whether the text before an equals sign ends in the name of a secret.
///
/// `user[password]`, `user.password` and their percent-encoded forms count, too.
fn is_query_name(names: &Names, before: &[u8]) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'[' | b']' | b'%');
    let longest = &before[before.len().saturating_sub(MAX_NAME)..];
    let start = longest.iter().rposition(|byte| !is_name(byte)).map_or(0, |at| at + 1);
    let name = percent_decoded(&longest[start..]);
    let name = name.strip_suffix(b"]").unwrap_or(&name);
    let start = name
        .iter()
        .rposition(|byte| !matches!(byte, b'-' | b'_') && !byte.is_ascii_alphanumeric());
    names.contains(&name[start.map_or(0, |at| at + 1)..])
}

fn percent_decoded(name: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some((&byte, behind)) = rest.split_first() {
        let hex = (byte == b'%').then(|| behind.split_at_checked(2)).flatten();
        let hex = hex.and_then(|(digits, behind)| {
            let digits = std::str::from_utf8(digits).ok()?;
            Some((u8::from_str_radix(digits, 16).ok()?, behind))
        });
        let (byte, behind) = hex.unwrap_or((byte, behind));
        decoded.push(byte);
        rest = behind;
    }
    decoded
}

fn query_value_end(text: &[u8], start: usize) -> usize {
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'&' | b'#' | b'"' | b'\\');
    let end = text[start..].iter().position(ends);
    end.map_or(text.len(), |length| start + length)
}

/// Returns the end of the JSON value at `start`, which is the end of the text if the value is incomplete.
fn value_end(text: &[u8], start: usize) -> usize {
    let rest = &text[start..];
    let length = match rest.first() {
        Some(b'"') => Text::until_quote(&rest[1..]).map(|(_, length)| length + 1),
        Some(b'{' | b'[') => nested_len(rest),
        _ => {
            let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b'}' | b']');
            rest.iter().position(ends)
        }
    };
    length.map_or(text.len(), |length| start + length)
}

fn skip_space(text: &[u8], start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let space = rest.iter().position(|byte| !byte.is_ascii_whitespace());
    start + space.unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(text: &str) -> String {
        let mut clean = Vec::new();
        if redact(&Names::default(), text, &mut clean) {
            String::from_utf8(clean).unwrap()
        } else {
            assert!(clean.is_empty());
            text.to_owned()
        }
    }

    /// `text` as a JSON string, `times` over.
    fn nested(text: &str, times: u32) -> String {
        (0..times).fold(text.to_owned(), |text, _| serde_json::to_string(&text).unwrap())
    }

    #[test]
    fn a_secret_in_json_is_redacted_and_nothing_else_changes() {
        for (text, expected) in [
            (
                r#"{ "user":"a", "Password" : "x\"y" , "n":[1] }"#,
                r#"{ "user":"a", "Password" : "[redacted]" , "n":[1] }"#,
            ),
            (r#"{"token":{"a":["}"]},"b":1}"#, r#"{"token":"[redacted]","b":1}"#),
            (
                r#"{"token":12,"cookie":null}"#,
                r#"{"token":"[redacted]","cookie":"[redacted]"}"#,
            ),
            (r#"{"pass\u0077ord":"x"}"#, r#"{"pass\u0077ord":"[redacted]"}"#),
            (r#"{"a":"token","b":"token: x"}"#, r#"{"a":"token","b":"token: x"}"#),
            (r#"{"a":"\"quoted\" \/"}"#, r#"{"a":"\"quoted\" \/"}"#),
        ] {
            assert_eq!(clean(text), expected);
        }
    }

    #[test]
    fn a_secret_in_json_in_strings_is_redacted() {
        for times in 0..7 {
            let text = nested(r#"{"a":"\n","password":"hunter2"}"#, times);
            let expected = nested(r#"{"a":"\n","password":"[redacted]"}"#, times);
            assert_eq!(clean(&text), expected);
        }
        for times in 7..10 {
            let text = nested(r#"{"password":"hunter2"}"#, times);
            assert!(!clean(&text).contains("hunter2"), "{}", clean(&text));
        }
        let quotes_as_dotnet_escapes_them = r#"{"body":"{\u0022password\u0022:\u0022hunter2\u0022}"}"#;
        assert_eq!(
            clean(quotes_as_dotnet_escapes_them),
            r#"{"body":"{\"password\":\"[redacted]\"}"}"#
        );
    }

    #[test]
    fn a_secret_in_text_that_is_not_quite_json_is_redacted() {
        for (text, expected) in [
            (
                "{\"token\":\"a\"}\n{\"token\":\"b\"}",
                "{\"token\":\"[redacted]\"}\n{\"token\":\"[redacted]\"}",
            ),
            (r#"sent {"token":"a"} to b"#, r#"sent {"token":"[redacted]"} to b"#),
            (r#"5" wide: {"token":"a"}"#, r#"5" wide: {"token":"[redacted]"}"#),
            (r#"{"token":"cut"#, r#"{"token":"[redacted]""#),
            (r#"{"token":["cut","#, r#"{"token":"[redacted]""#),
            (r#"{"token":"#, r#"{"token":"[redacted]""#),
            (r#"{"body":"{\"token\":\"cut"#, r#"{"body":"{\"token\":\"[redacted]\""#),
            (r#"sent {\"token\":\"a\"} to b"#, "sent {[redacted]"),
        ] {
            assert_eq!(clean(text), expected);
        }
    }

    #[test]
    fn a_secret_in_a_query_is_redacted() {
        for (text, expected) in [
            ("token=a&b=c", "token=[redacted]&b=c"),
            ("b=c&Token=a%20b", "b=c&Token=[redacted]"),
            (
                "https://a.example/?x-api-key=a#b",
                "https://a.example/?x-api-key=[redacted]#b",
            ),
            ("GET /?token=a== HTTP/1.1", "GET /?token=[redacted] HTTP/1.1"),
            (
                "user[password]=a&user%5Btoken%5d=b",
                "user[password]=[redacted]&user%5Btoken%5d=[redacted]",
            ),
            ("user.password=a", "user.password=[redacted]"),
            ("token=&b=c", "token=&b=c"),
            ("tokens=a&xtoken=b&x-token=c&=d", "tokens=a&xtoken=b&x-token=c&=d"),
            (
                r#"{"url":"/?token=a","b":"c"}"#,
                r#"{"url":"/?token=[redacted]","b":"c"}"#,
            ),
        ] {
            assert_eq!(clean(text), expected);
        }
    }
}
