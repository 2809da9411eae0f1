//! `Front`, a small map of the names in use, which avoids moka's bookkeeping.

use std::hash::Hash;
use std::sync::{Arc, PoisonError};

use hashbrown::HashMap;
use powertools_lambda_core::sync::{RwLock, RwLockWriteGuard};

use super::entry::Entry;
use super::key::{Key, KeyRef};

/// A small map in front of the cache.
///
/// moka's lookup costs more than the rest of a hit, because it keeps statistics of each read. A function reads only a few names,
/// which need no statistics. Entries are immutable, and each reader checks their age, so the two maps need not have the same
/// entry for a name.
pub(crate) struct Front<O> {
    map: RwLock<Map<O>>,
    capacity: usize,
}

type Map<O> = HashMap<Key<O>, Arc<Entry>>;

/// The maximum number of entries. A full map is emptied, and the names in use are added again.
pub(crate) const CAPACITY: usize = 64;

impl<O: Eq + Hash> Front<O> {
    /// Creates a map of up to `capacity` entries, but not more than [`CAPACITY`].
    pub(crate) fn new(capacity: u64) -> Self {
        Self {
            map: RwLock::default(),
            capacity: usize::try_from(capacity).map_or(CAPACITY, |capacity| capacity.min(CAPACITY)),
        }
    }

    /// Calls `read` with the entry. It must not run user code.
    pub(crate) fn read<R>(&self, key: &KeyRef<'_, O>, read: impl FnOnce(&Arc<Entry>) -> R) -> Option<R> {
        let map = self.map.read().unwrap_or_else(PoisonError::into_inner);
        map.get(key).map(read)
    }

    pub(crate) fn put(&self, key: Key<O>, entry: Arc<Entry>) {
        self.put_in(self.map.write().unwrap_or_else(PoisonError::into_inner), key, entry);
    }

    /// Stores the entry, unless the map has one that was answered later; returns the entry that the map has now.
    pub(crate) fn put_unless_newer(&self, key: Key<O>, entry: Arc<Entry>) -> Arc<Entry> {
        let map = self.map.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(newer) = map.get(&key).filter(|there| there.done > entry.done) {
            return Arc::clone(newer);
        }
        self.put_in(map, key, Arc::clone(&entry));
        entry
    }

    pub(crate) fn clear(&self) {
        let emptied = std::mem::take(&mut *self.map.write().unwrap_or_else(PoisonError::into_inner));
        drop(emptied);
    }

    pub(crate) fn remove(&self, key: &Key<O>) {
        let removed = self.map.write().unwrap_or_else(PoisonError::into_inner).remove(key);
        drop(removed);
    }

    fn put_in(&self, mut map: RwLockWriteGuard<'_, Map<O>>, key: Key<O>, entry: Arc<Entry>) {
        if self.capacity == 0 {
            return;
        }
        let full = map.len() >= self.capacity && !map.contains_key(&key);
        // Dropped outside the lock: overwriting secrets takes time, and the `Drop` of a decoded value is user code.
        let emptied = if full {
            std::mem::take(&mut *map)
        } else {
            HashMap::new()
        };
        let replaced = map.insert(key, entry);
        drop(map);
        drop((emptied, replaced));
    }
}

#[cfg(test)]
mod tests {
    use powertools_lambda_core::Clock;
    use powertools_lambda_core::sync::atomic::AtomicBool;

    use super::*;
    use crate::Value;
    use crate::cache::age::Stamp;
    use crate::cache::entry::Answer;
    use crate::cache::epochs::Epochs;
    use crate::cache::key::Kind;
    use crate::cache::views::Part;

    const KEY: KeyRef<'_, ()> = KeyRef {
        kind: Kind::One,
        name: "a",
        options: &(),
    };

    fn entry(done: u64) -> Arc<Entry> {
        Arc::new(Entry {
            answer: Arc::new(Answer::One(Part::new(Value::text("a")))),
            asked: Stamp::now(&Clock::system()),
            failed: None,
            epoch: Epochs::new().of_name(KEY.name),
            begun: 0,
            done,
            refreshing: AtomicBool::new(false),
        })
    }

    fn done(front: &Front<()>) -> Option<u64> {
        front.read(&KEY, |entry| entry.done)
    }

    #[test]
    fn the_later_answer_stays() {
        let front = Front::new(8);
        assert_eq!(front.put_unless_newer(KEY.to_key(), entry(2)).done, 2);
        assert_eq!(front.put_unless_newer(KEY.to_key(), entry(1)).done, 2);
        assert_eq!(done(&front), Some(2));
        assert_eq!(front.put_unless_newer(KEY.to_key(), entry(3)).done, 3);
        assert_eq!(done(&front), Some(3));
    }

    #[test]
    fn removed_entries_are_gone() {
        let front = Front::new(8);
        front.put(KEY.to_key(), entry(1));
        front.remove(&KEY.to_key());
        assert_eq!(done(&front), None);
        front.put(KEY.to_key(), entry(2));
        front.clear();
        assert_eq!(done(&front), None);
    }
}
