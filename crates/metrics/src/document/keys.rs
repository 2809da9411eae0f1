//! `Keys`, a set of keys with approximate membership.

/// One bit for each key, which rules out most names without a comparison.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Keys(u64);

impl Keys {
    /// Returns the set of one key, which is JSON in quotes.
    pub(crate) fn of(key: &[u8]) -> Self {
        let first = key.get(1).copied().unwrap_or_default();
        Self(1 << ((key.len() + 7 * usize::from(first)) % 64))
    }

    /// Returns the keys of both sets.
    pub(crate) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns whether the sets may have a key in common.
    pub(crate) fn overlap(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Returns whether the set may have this key.
    pub(crate) fn may_have(self, key: &[u8]) -> bool {
        self.overlap(Self::of(key))
    }
}
