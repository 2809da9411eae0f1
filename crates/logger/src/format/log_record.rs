//! `LogRecord`, a record as a formatter sees it.

use std::borrow::Cow;

use powertools_lambda_core::{Timestamp, json};
use tracing::Level;

use crate::keys::{KeyNames, StandardKey};
use crate::record::{Fields, Parts, value_of};

/// A log record as a [`LogFormatter`](crate::LogFormatter) sees it: its keys in order, each once.
///
/// Values are already JSON and need not be serialized again.
#[derive(Debug)]
pub struct LogRecord<'a> {
    level: Level,
    timestamp: Timestamp,
    pub(crate) entries: Vec<Entry<'a>>,
}

/// A key of a record.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) key: Cow<'a, str>,
    /// The value as JSON.
    pub(crate) value: Cow<'a, [u8]>,
    /// Whether it is one of the toolkit's keys, which are never left out of a long record.
    pub(crate) standard: bool,
}

impl<'a> LogRecord<'a> {
    /// Collects the keys; the value of a later source replaces that of an earlier one.
    pub(crate) fn new(parts: &Parts<'a>, names: &'a KeyNames) -> Self {
        let mut record = Self {
            level: parts.level,
            timestamp: parts.timestamp,
            entries: Vec::with_capacity(32),
        };
        let text = |bytes: &[u8]| {
            let mut quoted = Vec::with_capacity(bytes.len() + 2);
            quoted.push(b'"');
            quoted.extend_from_slice(bytes);
            quoted.push(b'"');
            Cow::Owned(quoted)
        };
        let mut place = Vec::new();
        parts.location.write(&mut place);
        record.set(names, "level", text(parts.level.as_str().as_bytes()), true);
        record.set(names, "timestamp", text(parts.time), true);
        if !parts.message.is_empty() {
            record.set(names, "message", Cow::Borrowed(parts.message), true);
        }
        record.set(names, "location", text(&place), true);
        let has_message = !parts.message.is_empty();
        let mut add = |fields: Option<&'a Fields>, standard: bool| {
            for (key, item) in fields.into_iter().flat_map(|fields| fields.items_from(0)) {
                if !(has_message && key == "message") {
                    record.set(names, key, Cow::Borrowed(value_of(item)), standard);
                }
            }
        };
        add(Some(parts.service), true);
        add(parts.context, true);
        for fields in [Some(parts.built), parts.appended, parts.span, Some(parts.event)] {
            add(fields, false);
        }
        record
    }

    /// Returns the record's level.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Returns the time at which it was recorded.
    pub fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// Returns the value of a key as JSON; a renamed key is found by its new name.
    pub fn value(&self, key: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == key).map(|(_, value)| value)
    }

    /// Returns the keys and their values as JSON, in the order of the standard format.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().map(|entry| {
            // Values are always UTF-8; the fallback only avoids a panic.
            (&*entry.key, std::str::from_utf8(&entry.value).unwrap_or("null"))
        })
    }

    /// Appends the record in the standard format: one JSON object without a newline.
    pub fn write_json(&self, line: &mut Vec<u8>) {
        line.push(b'{');
        for (at, (key, value)) in self.iter().enumerate() {
            if at > 0 {
                line.push(b',');
            }
            json::write_str(line, key);
            line.push(b':');
            line.extend_from_slice(value.as_bytes());
        }
        line.push(b'}');
    }

    fn set(&mut self, names: &'a KeyNames, key: &'a str, value: Cow<'a, [u8]>, standard: bool) {
        let known = StandardKey::by_name(key);
        let (key, is_own) = match names.of(key) {
            Some(name) => (name, known.is_some()),
            None if standard || known.is_some_and(StandardKey::is_set_as_field) => return,
            // The toolkit's key is omitted, not the function's own of the same name.
            None => (key, false),
        };
        let mut key = Cow::Borrowed(key);
        if !is_own && names.is_platform_key(&key) {
            key = Cow::Owned(format!("user_{key}"));
        }
        self.entries.retain(|known| known.key != key);
        self.entries.push(Entry {
            standard: standard || is_own,
            key,
            value,
        });
    }
}
