//! `redact`, which replaces the values of named fields in text that may contain JSON, a query string or an encoding of them.
//!
//! The text need not be valid JSON, because only its quotes, colons and brackets are read. Valid JSON is redacted as a
//! parser would see it and otherwise copied byte for byte. Text that is nearly JSON (truncated, several documents, JSON
//! inside a sentence) is redacted, too, instead of being logged whole because of one wrong character.

use powertools_lambda_core::json::{Text, nested_len};
use std::collections::BTreeMap;
use std::ops::Range;

use memchr::{memchr, memchr2, memchr3};
use powertools_lambda_core::json;

use super::credentials::Credentials;
use super::encoded::{self, Base64, percent_decoded};
use super::multipart;
use super::names::{Names, REDACTED};
use super::part::{Part, without_half_escape};
use super::siblings::{MAX_NAME, Mark, Siblings, for_each_member, secret_item};

/// How deep JSON and encodings can be nested in strings of JSON; a string nested deeper is redacted whole.
///
/// Each level doubles the backslashes, so real events do not come near it.
const MAX_LAYERS: u32 = 8;

/// How much of a text is read, at most, to find the siblings of its members, as a multiple of its length: each level of
/// nesting is read once.
const SIBLINGS_BUDGET: usize = 16;

/// The length at which a name is too long however it is escaped: a character takes six bytes at most.
const MAX_WRITTEN_NAME: usize = 6 * (MAX_NAME + 1);

/// The string of a member or item.
#[derive(Clone, Copy)]
pub(super) struct StringValue<'a> {
    pub(super) text: &'a str,
    /// The length before the text was cut; the length of `text` if it is whole.
    pub(super) full_len: usize,
    pub(super) mark: Option<Mark>,
}

/// Appends a string without its secrets and returns `true`, or appends nothing and returns `false` if it has none.
pub(super) fn redact(names: &Names, string: StringValue<'_>, clean: &mut Vec<u8>) -> bool {
    let StringValue { text, full_len, mark } = string;
    let encoded = Base64 {
        text: text.as_bytes(),
        full_len,
        is_marked: mark == Some(Mark::Base64),
    };
    if let Some(text) = redact_encoded(names, encoded, 1) {
        clean.extend_from_slice(&text);
        return true;
    }
    redact_layer(names, encoded.part(), 1, clean)
}

/// Returns the array of numbers at the start of `array` without the secrets of the text that it encodes, if any.
pub(super) fn redact_bytes(names: &Names, array: &[u8]) -> Option<Vec<u8>> {
    bytes_layer(names, array, 1)
}

fn redact_layer(names: &Names, part: Part<'_>, layer: u32, clean: &mut Vec<u8>) -> bool {
    let text = part.text;
    let mut edited = Edited { text, copied: 0, clean };
    let mut marks = Marks::new(text);
    let mut credentials = Credentials::new(part);
    let mut tokens = Tokens::new(text);
    let mut at = 0;
    let mut may_be_inner = true;
    // Behind a string without its end, each quote is escaped, so no string has an end.
    let mut may_end = true;
    // The end of the last value in a query; a value that begins at an equals sign inside it has the same end.
    let mut query_end = 0;
    loop {
        let token = tokens.next(at);
        let credential = credentials.next(at);
        if let Some(found) = credential.filter(|found| token.is_none_or(|token| found.start <= token)) {
            at = edited.replace(found, REDACTED.as_bytes());
            continue;
        }
        let Some(token) = token else { break };
        at = token;
        match text[at] {
            b'{' => {
                marks.read_object(names, at);
                at += 1;
            }
            b'[' => at = redact_array(names, &mut edited, &mut marks, at, layer),
            b'=' => {
                let is_first = at >= query_end;
                if is_first {
                    query_end = query_value_end(text, at + 1);
                }
                let value = at + 1..query_end;
                let is_cut = part.is_cut && query_end == text.len();
                // A longer text is not a name, so a long value is not read again at each equals sign in it.
                let name = at + 1..query_end.min(at + 1 + MAX_WRITTEN_NAME);
                let field = multipart::value(names, &text[..=at], Text::from_raw(&text[name]), &text[query_end..]);
                at = if let Some(field) = field {
                    edited.replace(query_end + field.start..query_end + field.end, REDACTED.as_bytes())
                } else if (is_cut || !value.is_empty()) && is_query_name(names, &text[edited.copied..at]) {
                    edited.replace(value, REDACTED.as_bytes())
                } else {
                    let text = &text[value.clone()];
                    match query_value(names, Part { text, is_cut }, is_first, layer) {
                        Some(clean) => edited.replace(value, &clean),
                        None => at + 1,
                    }
                };
            }
            b'\\' => {
                // A backslash outside quotes is not JSON, but may be the inside of a JSON string.
                if std::mem::take(&mut may_be_inner) {
                    let rest = Text::from_raw(without_half_escape(&text[at..]));
                    if inner(names, rest, part.is_cut, None, layer).is_some() {
                        at = edited.replace(at..text.len(), REDACTED.as_bytes());
                    }
                }
                at += 1;
            }
            _ => {
                let rest = &text[at + 1..];
                let Some((token, length)) = may_end.then(|| Text::until_quote(rest)).flatten() else {
                    if std::mem::take(&mut may_end) {
                        // The string was cut, by this toolkit or before.
                        let rest = Text::from_raw(without_half_escape(rest));
                        if let Some(inner) = inner(names, rest, true, marks.get(at), layer) {
                            edited.replace(at + 1..text.len(), &inner);
                            break;
                        }
                    }
                    at += 1;
                    continue;
                };
                let close = at + length;
                let colon = skip_space(text, close + 1);
                let mark = marks.get(at);
                if text.get(colon) == Some(&b':') {
                    let start = skip_space(text, colon + 1);
                    if is_secret(names, token) || marks.is_secret(token, start) {
                        let value = start..value_end(text, start);
                        let bytes = encoded::secret_bytes(&text[value.clone()]);
                        at = edited.replace(value, bytes.as_deref().unwrap_or(b"\"[redacted]\""));
                        continue;
                    }
                } else if let Some(value) = multipart::value(names, &text[..at], token, &text[close + 1..]) {
                    at = edited.replace(close + 1 + value.start..close + 1 + value.end, REDACTED.as_bytes());
                    continue;
                }
                if let Some(inner) = inner(names, token, false, mark, layer) {
                    at = edited.replace(at + 1..close, &inner);
                } else if token.is_escaped() {
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

/// Redacts the array at a position, if its items are a name and a value or the bytes of a text; returns the next
/// position.
fn redact_array(names: &Names, edited: &mut Edited<'_>, marks: &mut Marks<'_>, at: usize, layer: u32) -> usize {
    let array = &edited.text[at..];
    if let Some(item) = secret_item(names, array, &mut marks.budget) {
        return edited.replace(at + item.start..at + item.end, b"\"[redacted]\"");
    }
    match bytes_layer(names, array, layer) {
        Some(clean) => edited.replace(at..value_end(edited.text, at), &clean),
        None => at + 1,
    }
}

fn bytes_layer(names: &Names, array: &[u8], layer: u32) -> Option<Vec<u8>> {
    encoded::bytes(array, |part, clean| decoded_layer(names, part, layer, clean))
}

/// Returns the value in a query string or form without its secrets, if it has any.
///
/// The text after an equals sign inside a value is part of that value, so it is not percent-decoded again.
fn query_value(names: &Names, value: Part<'_>, is_first: bool, layer: u32) -> Option<Vec<u8>> {
    let percent = || percent_layer(names, value, layer);
    redact_base64(names, Base64::unmarked(value), layer).or_else(|| is_first.then(percent)?)
}

fn redact_base64(names: &Names, encoded: Base64<'_>, layer: u32) -> Option<Vec<u8>> {
    encoded::base64(encoded, |part, clean| decoded_layer(names, part, layer, clean))
}

fn percent_layer(names: &Names, part: Part<'_>, layer: u32) -> Option<Vec<u8>> {
    encoded::percent(part, |part, clean| decoded_layer(names, part, layer, clean))
}

/// Returns a text that is Base64 or percent-encoded as a whole without the secrets of the text that it encodes, if there are
/// any.
fn redact_encoded(names: &Names, encoded: Base64<'_>, layer: u32) -> Option<Vec<u8>> {
    let part = encoded.part();
    // The values of a query string or form are decoded one by one, so that its delimiters stay.
    let is_value = |text: &[u8]| {
        memchr(b'%', text).is_some() && memchr(b'=', text).is_none() && query_value_end(text, 0) == text.len()
    };
    let percent = || percent_layer(names, part, layer);
    redact_base64(names, encoded, layer).or_else(|| is_value(part.text).then(percent).flatten())
}

/// Redacts decoded text, which may have any form.
fn decoded_layer(names: &Names, part: Part<'_>, layer: u32, clean: &mut Vec<u8>) -> bool {
    if layer == MAX_LAYERS {
        clean.extend_from_slice(REDACTED.as_bytes());
        return true;
    }
    match redact_encoded(names, Base64::unmarked(part), layer + 1) {
        Some(text) => clean.extend_from_slice(&text),
        None => return redact_layer(names, part, layer + 1, clean),
    }
    true
}

/// The positions of the bytes that may begin something to redact.
struct Tokens<'a> {
    text: &'a [u8],
    /// The position of the next byte of each group, or the length of the text if no such byte is left.
    quote: usize,
    bracket: usize,
}

impl<'a> Tokens<'a> {
    fn new(text: &'a [u8]) -> Self {
        let (quote, bracket) = (next_quote(text, 0), next_bracket(text, 0));
        Self { text, quote, bracket }
    }

    /// Returns the first position at or after `at`, which must not decrease from call to call.
    fn next(&mut self, at: usize) -> Option<usize> {
        if self.quote < at {
            self.quote = next_quote(self.text, at);
        }
        if self.bracket < at {
            self.bracket = next_bracket(self.text, at);
        }
        Some(self.quote.min(self.bracket)).filter(|next| *next < self.text.len())
    }
}

fn next_quote(text: &[u8], at: usize) -> usize {
    let found = text.get(at..).and_then(|rest| memchr3(b'"', b'=', b'\\', rest));
    found.map_or(text.len(), |length| at + length)
}

fn next_bracket(text: &[u8], at: usize) -> usize {
    let found = text.get(at..).and_then(|rest| memchr2(b'{', b'[', rest));
    found.map_or(text.len(), |length| at + length)
}

/// The values about which their siblings say something, by position.
struct Marks<'a> {
    text: &'a [u8],
    by_position: BTreeMap<usize, Mark>,
    budget: usize,
}

impl<'a> Marks<'a> {
    fn new(text: &'a [u8]) -> Self {
        let budget = text.len().saturating_mul(SIBLINGS_BUDGET);
        let by_position = BTreeMap::new();
        Self {
            text,
            by_position,
            budget,
        }
    }

    fn get(&self, at: usize) -> Option<Mark> {
        self.by_position.get(&at).copied()
    }

    /// Returns whether the value at a position is a secret, or may be one because its siblings are not known.
    fn is_secret(&self, name: Text<'_>, at: usize) -> bool {
        self.get(at) == Some(Mark::Secret) || self.budget == 0 && Siblings::concern(name)
    }

    /// Reads the members of the object at a position.
    fn read_object(&mut self, names: &Names, at: usize) {
        let object = &self.text[at..];
        let object = &object[..object.len().min(self.budget)];
        let is_record = self.get(at) == Some(Mark::Record);
        let siblings = Siblings::of(names, object, &mut self.budget).in_record(is_record);
        if siblings.say_something() {
            for_each_member(object, |name, value| {
                if let Some(mark) = siblings.mark(name) {
                    self.by_position.insert(at + value.start, mark);
                }
            });
        }
    }
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
///
/// `raw` is without an escape that was cut.
fn inner(names: &Names, raw: Text<'_>, is_cut: bool, mark: Option<Mark>, layer: u32) -> Option<Vec<u8>> {
    let is_marked = mark == Some(Mark::Base64);
    if !raw.is_escaped() {
        let text = raw.raw();
        return redact_encoded(names, Base64::new(Part { text, is_cut }, is_marked), layer);
    }
    if layer == MAX_LAYERS {
        return Some(REDACTED.into());
    }
    let (mut text, mut clean) = (String::new(), Vec::new());
    raw.unescape(&mut text, usize::MAX);
    let text = text.as_bytes();
    let part = Part { text, is_cut };
    if let Some(text) = redact_encoded(names, Base64::new(part, is_marked), layer) {
        return Some(text);
    }
    redact_layer(names, part, layer + 1, &mut clean).then(|| {
        let mut escaped = Vec::with_capacity(clean.len() + clean.len() / 8);
        json::write_escaped(&mut escaped, &String::from_utf8_lossy(&clean));
        escaped
    })
}

/// Returns whether members with this name are secrets.
///
/// It may be a name of a query string or form, such as `user[password]`: API Gateway decodes such names, load balancers do not.
pub(crate) fn is_secret(names: &Names, name: Text<'_>) -> bool {
    let is_secret = |name: &[u8]| {
        let has_parts = || memchr3(b'.', b']', b'%', name).is_some();
        names.contains(name) || has_parts() && names.contains_part(&percent_decoded(name))
    };
    if !name.is_escaped() {
        return is_secret(name.raw());
    }
    let mut text = String::new();
    name.unescape(&mut text, MAX_NAME) && is_secret(text.as_bytes())
}

/// Returns whether the text before an equals sign ends in the name of a secret.
///
/// `user[password]`, `user.password` and their percent-encoded forms count, too.
fn is_query_name(names: &Names, before: &[u8]) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || !byte.is_ascii() || b"-_.[]%+".contains(byte);
    let longest = &before[before.len().saturating_sub(MAX_NAME)..];
    let start = longest.iter().rposition(|byte| !is_name(byte)).map_or(0, |at| at + 1);
    let name = percent_decoded(&longest[start..]);
    names.contains_in_form(&name)
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
        let string = StringValue {
            text,
            full_len: text.len(),
            mark: None,
        };
        if redact(&Names::default(), string, &mut clean) {
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
