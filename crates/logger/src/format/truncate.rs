//! `truncate`, which shortens records that are too long.

use std::borrow::Cow;

use powertools_lambda_core::json;

use super::log_record::{Entry, LogRecord};

/// The maximum length of a shortened value in bytes, including quotes and escapes.
const MAX_VALUE: usize = 1_024;

/// Values of this length are never shortened: levels, times and numbers.
const MIN_VALUE: usize = 64;

/// The key of a record that was shortened.
const TRUNCATED: &str = "truncated";

/// Shortens a record to at most `max` bytes in the standard format, and adds `"truncated":true`.
///
/// First every value that is not the toolkit's is truncated to a text of 1,024 bytes, then the message to the remaining
/// space, then keys are left out, beginning with the ones of lowest precedence. If that is not enough, because the toolkit's
/// keys have long values too, these are truncated further.
pub(crate) fn truncate(record: &mut LogRecord<'_>, max: usize) {
    record.entries.retain(|entry| entry.key != TRUNCATED);
    for entry in record.entries.iter_mut().filter(|entry| !entry.standard) {
        shorten(entry, MAX_VALUE);
    }
    record.entries.push(Entry {
        key: Cow::Borrowed(TRUNCATED),
        value: Cow::Borrowed(b"true"),
        standard: true,
    });
    let excess = length(record).saturating_sub(max);
    // The standard keys that can be long are the message and those of an error.
    for entry in record.entries.iter_mut().filter(|entry| entry.standard) {
        if excess > 0 && entry.value.len() > MAX_VALUE {
            let left = entry.value.len().saturating_sub(excess).max(MAX_VALUE);
            shorten(entry, left);
        }
    }
    let mut length = length(record);
    while length > max
        && let Some(at) = record.entries.iter().position(|entry| !entry.standard)
    {
        length -= entry_length(&record.entries.remove(at));
    }
    let mut most = MAX_VALUE;
    while length > max && most > MIN_VALUE {
        most /= 2;
        for entry in &mut record.entries {
            shorten(entry, most);
        }
        length = self::length(record);
    }
}

/// Returns the length of the standard format.
fn length(record: &LogRecord<'_>) -> usize {
    record.entries.iter().map(entry_length).sum::<usize>() + 2
}

/// Returns the length of a key, as it is written, and its value, with quotes, colon and comma.
fn entry_length(entry: &Entry<'_>) -> usize {
    let mut key = Vec::with_capacity(entry.key.len());
    json::write_escaped(&mut key, &entry.key);
    key.len() + entry.value.len() + 4
}

fn shorten(entry: &mut Entry<'_>, max: usize) {
    if entry.value.len() <= max {
        return;
    }
    let value = std::str::from_utf8(&entry.value).unwrap_or_default();
    let mut short = Vec::with_capacity(max);
    if value.starts_with('"') {
        short.extend_from_slice(&value.as_bytes()[..string_prefix(value, max - 1)]);
        short.push(b'"');
    } else {
        // Half, because each quote inside becomes two bytes.
        let end = value.floor_char_boundary((max - 2) / 2);
        json::write_str(&mut short, &value[..end]);
    }
    entry.value = Cow::Owned(short);
}

/// Returns how many bytes of a JSON string fit before a closing quote, at most `max`, without splitting an escape or a
/// character.
fn string_prefix(value: &str, max: usize) -> usize {
    let bytes = value.as_bytes();
    let (mut end, mut at) = (1, 1);
    while at < max {
        at += match bytes[at] {
            b'\\' if bytes.get(at + 1) == Some(&b'u') => {
                // Both halves of a surrogate pair, or neither.
                let is_high = bytes.get(at + 2).is_some_and(|digit| digit.eq_ignore_ascii_case(&b'd'))
                    && bytes
                        .get(at + 3)
                        .is_some_and(|digit| matches!(digit.to_ascii_lowercase(), b'8' | b'9' | b'a' | b'b'));
                if is_high { 12 } else { 6 }
            }
            b'\\' => 2,
            _ => 1,
        };
        if at <= max && value.is_char_boundary(at) {
            end = at;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shortened(value: &str, max: usize) -> String {
        let mut entry = Entry {
            key: "key".into(),
            value: value.as_bytes().into(),
            standard: false,
        };
        shorten(&mut entry, max);
        String::from_utf8(entry.value.into_owned()).unwrap()
    }

    #[test]
    fn an_escape_is_not_split() {
        for (value, max, expected) in [
            (r#""abcdef""#, 5, r#""abc""#),
            (r#""ab\ncd""#, 5, r#""ab""#),
            (r#""ab\ncd""#, 6, r#""ab\n""#),
            (r#""a\u00e9bc""#, 7, r#""a""#),
            (r#""\ud83d\ude00abc""#, 9, r#""""#),
            (r#""äöü""#, 6, r#""äö""#),
        ] {
            assert_eq!(shortened(value, max), expected, "{value} to {max}");
        }
    }

    proptest! {
        #[test]
        fn a_shortened_value_is_json_and_short_enough(text in any::<String>(), max in 4_usize..64) {
            for value in [serde_json::to_string(&text).unwrap(), serde_json::to_string(&[&text]).unwrap()] {
                let short = shortened(&value, max);
                prop_assert!(short.len() <= max.max(value.len().min(max)));
                prop_assert!(serde_json::from_str::<serde_json::Value>(&short).is_ok(), "{short}");
            }
        }

        #[test]
        fn a_shortened_text_is_its_beginning(text in any::<String>(), max in 4_usize..64) {
            let short: String = serde_json::from_str(&shortened(&serde_json::to_string(&text).unwrap(), max)).unwrap();
            prop_assert!(text.starts_with(&short));
        }
    }
}
