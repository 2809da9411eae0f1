//! `Key`, a key with its hash.

use std::cmp::Ordering;

/// A key with its hash, so that a context finds it by comparing numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    hash: u64,
    text: Box<str>,
}

impl Key {
    pub(crate) fn new(text: &str) -> Self {
        KeyRef::new(text).to_key()
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    #[inline]
    pub(crate) fn as_ref(&self) -> KeyRef<'_> {
        KeyRef {
            hash: self.hash,
            text: &self.text,
        }
    }
}

/// A borrowed key. Keys are ordered by their hash, and only equal hashes by their text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyRef<'a> {
    hash: u64,
    text: &'a str,
}

impl<'a> KeyRef<'a> {
    /// Hashes with FNV-1a, which is fast for texts as short as keys. Collisions cost a comparison of texts.
    pub(crate) fn new(text: &'a str) -> Self {
        let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        let hash = text.as_bytes().iter().fold(0xcbf2_9ce4_8422_2325, step);
        Self { hash, text }
    }

    fn to_key(self) -> Key {
        Key {
            hash: self.hash,
            text: self.text.into(),
        }
    }
}

impl KeyRef<'_> {
    #[inline]
    pub(crate) fn is(&self, other: &KeyRef<'_>) -> bool {
        self.hash == other.hash && self.text == other.text
    }

    #[inline]
    pub(crate) fn cmp(&self, other: &KeyRef<'_>) -> Ordering {
        self.hash.cmp(&other.hash).then_with(|| self.text.cmp(other.text))
    }
}
