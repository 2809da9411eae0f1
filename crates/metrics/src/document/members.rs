//! `Members`, the members of a document's root.

use powertools_lambda_core::json;

/// A member of a document's root, written once: `,"key":value`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Member {
    bytes: Vec<u8>,
    key_end: usize,
    /// Whether the key is written without escapes.
    is_plain_key: bool,
    /// Whether the value is a text that is written without escapes.
    is_plain: bool,
    /// Whether something else has the same name in the document that is being written.
    pub(crate) hidden: bool,
}

/// Members with different keys in the order in which they were first set.
///
/// It is reused for later documents, so that the memory of a removed member serves the next.
#[derive(Debug, Default)]
pub(crate) struct Members {
    /// The members, of which the first `live` ones are in use.
    slots: Vec<Member>,
    live: usize,
    size: usize,
}

/// The maximum size and number of members whose memory is kept.
const MAX_KEPT_SIZE: usize = 8 * 1_024;
const MAX_KEPT: usize = 64;

impl Member {
    /// Returns the key as JSON, in quotes.
    pub(crate) fn key(&self) -> &[u8] {
        self.bytes.get(1..self.key_end).unwrap_or_default()
    }

    /// Returns `,"key":value`.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn write(&mut self, key: &str, value: impl FnOnce(&mut Vec<u8>)) {
        if self.has_key(key) {
            self.bytes.truncate(self.key_end);
        } else {
            self.bytes.clear();
            self.bytes.push(b',');
            json::write_str(&mut self.bytes, key);
            self.key_end = self.bytes.len();
            self.is_plain_key = self.key_end == key.len() + 3;
        }
        self.bytes.push(b':');
        value(&mut self.bytes);
        self.is_plain = false;
        self.hidden = false;
    }

    fn has_key(&self, key: &str) -> bool {
        self.is_plain_key && self.key_end == key.len() + 3 && self.bytes.get(2..key.len() + 2) == Some(key.as_bytes())
    }

    /// Returns whether it has this key and this text as its value.
    fn is_text(&self, key: &str, text: &str) -> bool {
        self.is_plain
            && self.has_key(key)
            && self.bytes.get(key.len() + 5..self.bytes.len() - 1) == Some(text.as_bytes())
    }
}

impl Members {
    /// Returns the members.
    pub(crate) fn all(&self) -> &[Member] {
        self.slots.get(..self.live).unwrap_or_default()
    }

    pub(crate) fn all_mut(&mut self) -> &mut [Member] {
        self.slots.get_mut(..self.live).unwrap_or_default()
    }

    /// Returns the member with this key, which is JSON in quotes.
    pub(crate) fn get(&self, key: &[u8]) -> Option<&Member> {
        self.all().iter().find(|member| member.key() == key)
    }

    pub(crate) fn contains(&self, key: &[u8]) -> bool {
        self.get(key).is_some()
    }

    /// Returns their size in bytes.
    #[cfg(test)]
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// Sets a text again that was at the same position before the last clearing, as long as all have at most `max`
    /// bytes; returns its position.
    ///
    /// Nearly all dimensions are set in this way, because an invocation has the same ones as the previous one.
    pub(crate) fn repeat_text(&mut self, key: &str, max: usize, text: &str) -> Option<usize> {
        let (again, known) = self.slots.get(..=self.live)?.split_last()?;
        let is_new = || known.iter().all(|member| member.key() != again.key());
        let size = self.size + again.bytes.len();
        if !again.is_text(key, text) || size > max || !is_new() {
            return None;
        }
        self.size = size;
        self.live += 1;
        Some(self.live - 1)
    }

    /// Sets a text, as long as all have at most `max` bytes; see [`set`](Self::set).
    pub(crate) fn set_text(&mut self, key: &str, max: usize, text: &str) -> Set {
        let set = self.set(key, max, |bytes| json::write_str(bytes, text));
        if let Set::New { at } | Set::Known { at, .. } = set
            && let Some(member) = self.slots.get_mut(at)
        {
            member.is_plain = member.bytes.len() == key.len() + text.len() + 6;
        }
        set
    }

    /// Sets a member, as long as all have at most `max` bytes; `value` writes its JSON.
    pub(crate) fn set(&mut self, key: &str, max: usize, value: impl FnOnce(&mut Vec<u8>)) -> Set {
        if self.live == self.slots.len() {
            self.slots.push(Member::default());
        }
        let Some((new, known)) = self.slots.get_mut(..=self.live).and_then(<[Member]>::split_last_mut) else {
            return Set::Full;
        };
        new.write(key, value);
        let at = known.iter().position(|member| member.key() == new.key());
        let old = at.and_then(|at| known.get_mut(at));
        if self.size - old.as_ref().map_or(0, |old| old.bytes.len()) + new.bytes.len() > max {
            return Set::Full;
        }
        self.size += new.bytes.len();
        if let (Some(at), Some(old)) = (at, old) {
            let changed = old.bytes != new.bytes;
            self.size -= old.bytes.len();
            std::mem::swap(old, new);
            return Set::Known { at, changed };
        }
        self.live += 1;
        Set::New { at: self.live - 1 }
    }

    /// Removes all members.
    pub(crate) fn clear(&mut self) {
        if self.size > MAX_KEPT_SIZE || self.slots.len() > MAX_KEPT {
            self.slots = Vec::new();
        }
        (self.live, self.size) = (0, 0);
    }
}

impl PartialEq for Members {
    fn eq(&self, other: &Self) -> bool {
        self.size == other.size && self.all() == other.all()
    }
}

/// The result of setting a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Set {
    New {
        at: usize,
    },
    Known {
        at: usize,
        changed: bool,
    },
    /// It was not set.
    Full,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(members: &mut Members, key: &str, value: &str) -> Set {
        members.set(key, 64, |bytes| bytes.extend_from_slice(value.as_bytes()))
    }

    fn text(members: &Members) -> String {
        let bytes: Vec<u8> = members.all().iter().flat_map(Member::bytes).copied().collect();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_key_has_one_member_with_the_last_value() {
        let mut members = Members::default();
        assert_eq!(set(&mut members, "a", "1"), Set::New { at: 0 });
        assert_eq!(set(&mut members, "b", "2"), Set::New { at: 1 });
        assert_eq!(set(&mut members, "a", "3"), Set::Known { at: 0, changed: true });
        assert_eq!(set(&mut members, "a", "3"), Set::Known { at: 0, changed: false });
        assert_eq!(text(&members), r#","a":3,"b":2"#);
        assert_eq!(members.size(), text(&members).len());
    }

    #[test]
    fn a_text_is_repeated_only_at_its_position_and_unchanged() {
        let mut members = Members::default();
        let set_all = |members: &mut Members| {
            for (key, value) in [("a", "1"), ("q\"", "2"), ("c", "\\")] {
                if members.repeat_text(key, 64, value).is_none() {
                    members.set_text(key, 64, value);
                }
            }
        };
        set_all(&mut members);
        let written = text(&members);
        members.clear();
        assert_eq!(members.repeat_text("a", 64, "2"), None);
        assert_eq!(members.repeat_text("b", 64, "1"), None);
        assert_eq!(members.repeat_text("a", 4, "1"), None, "no room");
        assert_eq!(members.repeat_text("a", 64, "1"), Some(0));
        assert_eq!(
            members.repeat_text("q\\\"", 64, "2"),
            None,
            "an escaped text is no other"
        );
        members.clear();
        set_all(&mut members);
        assert_eq!(text(&members), written);
        members.clear();
        members.set_text("c", 64, "1");
        members.clear();
        members.set_text("b", 64, "1");
        assert_eq!(members.repeat_text("b", 64, "1"), None, "a key has one member");
    }

    #[test]
    fn a_member_that_does_not_fit_changes_nothing() {
        let mut members = Members::default();
        set(&mut members, "a", "1");
        assert_eq!(set(&mut members, "b", &"2".repeat(64)), Set::Full);
        assert_eq!(set(&mut members, "a", &"2".repeat(64)), Set::Full);
        assert_eq!(text(&members), r#","a":1"#);
    }

    #[test]
    fn cleared_members_are_gone_and_leave_little_behind() {
        let mut members = Members::default();
        for number in 0..=MAX_KEPT {
            members.set(&number.to_string(), usize::MAX, |bytes| bytes.push(b'1'));
        }
        members.clear();
        assert!(members.all().is_empty() && members.slots.is_empty());
        set(&mut members, "a", "1");
        members.clear();
        assert!(!members.contains(b"\"a\"") && members.slots.len() == 1);
        assert_eq!(set(&mut members, "b", "2"), Set::New { at: 0 });
        assert_eq!(text(&members), r#","b":2"#);
    }
}
