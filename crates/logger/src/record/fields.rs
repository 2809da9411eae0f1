//! `Fields`, the keys of a record with their values already written as JSON.

use std::borrow::Cow;

use powertools_lambda_core::json;

/// A key of a record: a field's name, or a name made at run time.
pub(crate) type Key = Cow<'static, str>;

/// Keys with their values as JSON, ready to be copied into a record.
///
/// Each key occurs once. Values are never parsed again. A key whose name belongs to the record itself gets another
/// name; see [`settled`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields {
    /// `,"key":value` of each entry, one after the other.
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    /// Whether a key is one of [`is_standard`].
    standard: bool,
    /// The [`mark`] of each key: together they show, without comparing keys, that a key is new, as most are.
    marks: u64,
}

#[derive(Clone, Debug)]
struct Entry {
    key: Key,
    /// The end of its bytes; they begin at the end of the previous entry's.
    end: usize,
}

/// One entry: its key, and `,"key":value`.
pub(crate) type Item<'a> = (&'a Key, &'a [u8]);

impl Fields {
    /// Sets `key` to the JSON that `write` appends.
    pub(crate) fn set(&mut self, key: impl Into<Key>, write: impl FnOnce(&mut Vec<u8>)) {
        let mut key = key.into();
        let mut mark = mark(&key);
        // Most keys are new and keep their name.
        if mark & (self.marks | SETTLED_MARKS) != 0 {
            (key, mark) = self.make_room(key);
        }
        self.bytes.extend_from_slice(b",\"");
        json::write_escaped(&mut self.bytes, &key);
        self.bytes.extend_from_slice(b"\":");
        write(&mut self.bytes);
        self.close(key, mark);
    }

    /// Returns the name under which a key appears, and its mark, and removes the entry with that name.
    #[inline(never)]
    fn make_room(&mut self, key: Key) -> (Key, u64) {
        let key = settled(&key).map_or(key, Cow::Borrowed);
        if let Some(at) = self.position(&key) {
            self.remove_at(at);
        }
        let mark = mark(&key);
        (key, mark)
    }

    /// Sets a standard key to the JSON that `write` appends. The key must be new, and is not escaped.
    pub(crate) fn add_standard(&mut self, key: &'static str, write: impl FnOnce(&mut Vec<u8>)) {
        self.bytes.extend_from_slice(b",\"");
        self.bytes.extend_from_slice(key.as_bytes());
        self.bytes.extend_from_slice(b"\":");
        write(&mut self.bytes);
        self.close(Cow::Borrowed(key), mark(key));
    }

    /// Adds entries; an existing key takes the new value.
    pub(crate) fn extend<'a>(&mut self, items: impl Iterator<Item = Item<'a>>) {
        for (key, bytes) in items {
            self.remove(key);
            self.bytes.extend_from_slice(bytes);
            self.close(key.clone(), mark(key));
        }
    }

    /// Adds entries whose keys must all be new.
    pub(crate) fn append(&mut self, others: &Self) {
        if others.is_empty() {
            return;
        }
        let offset = self.bytes.len();
        self.bytes.extend_from_slice(&others.bytes);
        self.entries.extend(others.entries.iter().map(|entry| Entry {
            key: entry.key.clone(),
            end: entry.end + offset,
        }));
        self.standard |= others.standard;
        self.marks |= others.marks;
    }

    /// Removes `key` and returns whether it existed.
    pub(crate) fn remove(&mut self, key: &str) -> bool {
        let Some(at) = self.position(settled(key).unwrap_or(key)) else {
            return false;
        };
        self.remove_at(at);
        true
    }

    /// Removes all entries and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.entries.clear();
        self.standard = false;
        self.marks = 0;
    }

    pub(crate) fn contains(&self, key: &str) -> bool {
        self.position(key).is_some()
    }

    /// Returns the value of `key` as JSON.
    pub(crate) fn value(&self, key: &str) -> Option<&[u8]> {
        let at = self.position(key)?;
        Some(value_of(&self.bytes[self.start(at)..self.entries[at].end]))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns how many bytes the entries take in a record.
    pub(crate) fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// Returns how many bytes of memory the set holds, apart from keys that were made at run time.
    pub(crate) fn held(&self) -> usize {
        self.bytes.capacity() + self.entries.capacity() * size_of::<Entry>()
    }

    /// Returns whether a key may be one of [`is_standard`].
    pub(crate) fn may_replace_standard(&self) -> bool {
        self.standard
    }

    /// Returns whether both sets have a key in common.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.marks & other.marks != 0 && self.entries.iter().any(|entry| other.contains(&entry.key))
    }

    /// Returns all entries as they are written to a record.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the entries starting at index `first`.
    pub(crate) fn items_from(&self, first: usize) -> impl Iterator<Item = Item<'_>> {
        (first..self.entries.len()).map(|at| {
            let entry = &self.entries[at];
            (&entry.key, &self.bytes[self.start(at)..entry.end])
        })
    }

    /// Ends the entry whose bytes were just appended.
    #[inline]
    fn close(&mut self, key: Key, mark: u64) {
        self.marks |= mark;
        self.standard = self.standard || mark & STANDARD_MARKS != 0 && is_standard(&key);
        let end = self.bytes.len();
        self.entries.push(Entry { key, end });
    }

    #[cold]
    fn remove_at(&mut self, at: usize) {
        let start = self.start(at);
        let length = self.entries[at].end - start;
        self.bytes.drain(start..start + length);
        self.entries.remove(at);
        for entry in &mut self.entries[at..] {
            entry.end -= length;
        }
    }

    #[inline]
    fn position(&self, key: &str) -> Option<usize> {
        if self.marks & mark(key) == 0 {
            return None;
        }
        self.entries.iter().position(|entry| entry.key == key)
    }

    fn start(&self, at: usize) -> usize {
        at.checked_sub(1).map_or(0, |before| self.entries[before].end)
    }
}

/// Returns the value in `,"key":value`.
pub(crate) fn value_of(item: &[u8]) -> &[u8] {
    // The key is a JSON string, which ends at the first unescaped quote.
    let mut at = 2;
    while let Some(byte) = item.get(at) {
        match byte {
            b'"' => break,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    item.get(at + 2..).unwrap_or_default()
}

/// Returns the name under which a field or key appears if its own name belongs to the record: `level` and `timestamp`,
/// which Lambda reads to filter and date records.
fn settled(key: &str) -> Option<&'static str> {
    // A name that is added here needs its mark in `SETTLED_MARKS`.
    match key {
        "level" => Some("user_level"),
        "timestamp" => Some("user_timestamp"),
        _ => None,
    }
}

/// The marks of the names in [`settled`].
const SETTLED_MARKS: u64 = mark("level") | mark("timestamp");

/// The keys that the toolkit writes at the beginning of a record, and that can be replaced.
const STANDARD: [&str; 11] = [
    "message",
    "location",
    "service",
    "cold_start",
    "function_name",
    "function_memory_size",
    "function_arn",
    "function_request_id",
    "tenant_id",
    "xray_trace_id",
    "sampling_rate",
];

/// The marks of the standard keys, which rule out most of a user's keys.
const STANDARD_MARKS: u64 = {
    let (mut marks, mut at) = (0, 0);
    while at < STANDARD.len() {
        marks |= mark(STANDARD[at]);
        at += 1;
    }
    marks
};

fn is_standard(key: &str) -> bool {
    STANDARD.contains(&key)
}

/// Returns one of 64 bits, by the length and the first byte of a key.
const fn mark(key: &str) -> u64 {
    let first = if key.is_empty() { 0 } else { key.as_bytes()[0] as usize };
    1 << ((key.len() + 7 * first) % 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(entries: &[(&'static str, u64)]) -> Fields {
        let mut fields = Fields::default();
        for (key, number) in entries {
            fields.set(*key, |buffer| json::write_u64(buffer, *number));
        }
        fields
    }

    #[test]
    fn a_key_set_again_occurs_once_with_its_last_value() {
        let mut fields = fields(&[("a", 1), ("b", 2), ("a", 3), ("c", 4)]);
        assert_eq!(fields.as_bytes(), br#","b":2,"a":3,"c":4"#);
        assert!(fields.remove("a"));
        assert!(!fields.remove("a"));
        assert_eq!(fields.as_bytes(), br#","b":2,"c":4"#);
    }

    #[test]
    fn keys_of_one_mark_are_different_keys() {
        assert_eq!(mark("abc"), mark("axc"));
        let mut fields = fields(&[("abc", 1), ("axc", 2), ("abc", 3)]);
        assert_eq!(fields.as_bytes(), br#","axc":2,"abc":3"#);
        assert!(!fields.contains("ayc") && !fields.remove("ayc"));
        assert!(fields.remove("axc"), "another key of the mark stays");
        assert_eq!(fields.value("abc"), Some(&b"3"[..]));
    }

    #[test]
    fn each_standard_key_may_replace_one() {
        for key in STANDARD {
            assert!(fields(&[(key, 1)]).may_replace_standard(), "{key}");
        }
        assert!(!fields(&[("order_id", 1), ("", 2)]).may_replace_standard());
    }

    #[test]
    fn the_records_own_keys_take_another_name() {
        let mut fields = fields(&[("level", 1), ("timestamp", 2), ("levels", 3)]);
        assert_eq!(fields.as_bytes(), br#","user_level":1,"user_timestamp":2,"levels":3"#);
        assert!(fields.remove("level") && fields.remove("user_timestamp"));
        assert_eq!(fields.as_bytes(), br#","levels":3"#);
    }

    #[test]
    fn a_key_is_escaped() {
        let mut fields = Fields::default();
        fields.set("a\"b", |buffer| buffer.push(b'1'));
        assert_eq!(fields.as_bytes(), br#","a\"b":1"#);
        assert_eq!(fields.value("a\"b"), Some(&b"1"[..]));
        assert_eq!(fields.value("b"), None);
    }

    #[test]
    fn added_entries_replace_existing_ones() {
        let mut inner = fields(&[("a", 1), ("b", 2)]);
        let outer = fields(&[("b", 3), ("c", 4)]);
        assert!(inner.overlaps(&outer));
        inner.extend(outer.items_from(0));
        assert_eq!(inner.as_bytes(), br#","a":1,"b":3,"c":4"#);
        assert_eq!(inner.items_from(2).count(), 1);
        inner.append(&fields(&[("service", 5)]));
        assert_eq!(inner.as_bytes(), br#","a":1,"b":3,"c":4,"service":5"#);
        assert_eq!(inner.value("service"), Some(&b"5"[..]));
        assert!(inner.may_replace_standard());
    }
}
