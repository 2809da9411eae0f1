//! `Front`, a small map of the names in use, which avoids moka's bookkeeping.

use std::hash::Hash;
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};

use hashbrown::HashMap;

use super::entry::Entry;
use super::key::{Key, KeyRef};

/// A small map in front of the cache.
///
/// moka's lookup costs more than the rest of a hit, because it keeps statistics of each read. A function reads only a few
/// names, which need no statistics. Entries are immutable, and each reader checks their age, so the two maps need not
/// agree: an entry that is here but no longer in moka does no harm.
pub(crate) struct Front<O>(RwLock<Map<O>>);

type Map<O> = HashMap<Key<O>, Arc<Entry>>;

/// The map is emptied when it is full; the names in use are added again.
const CAPACITY: usize = 64;

impl<O: Eq + Hash> Front<O> {
    pub(crate) fn new() -> Self {
        Self(RwLock::default())
    }

    /// Calls `read` with the entry. It must not run user code.
    pub(crate) fn read<R>(&self, key: &KeyRef<'_, O>, read: impl FnOnce(&Arc<Entry>) -> R) -> Option<R> {
        let map = self.0.read().unwrap_or_else(PoisonError::into_inner);
        map.get(key).map(read)
    }

    pub(crate) fn put(&self, key: Key<O>, entry: Arc<Entry>) {
        Self::put_in(self.0.write().unwrap_or_else(PoisonError::into_inner), key, entry);
    }

    /// Puts the entry, unless there is one that was answered later; returns the one that is there now.
    pub(crate) fn put_unless_newer(&self, key: Key<O>, entry: Arc<Entry>) -> Arc<Entry> {
        let map = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(newer) = map.get(&key).filter(|there| there.done > entry.done) {
            return Arc::clone(newer);
        }
        Self::put_in(map, key, Arc::clone(&entry));
        entry
    }

    pub(crate) fn clear(&self) {
        let emptied = std::mem::take(&mut *self.0.write().unwrap_or_else(PoisonError::into_inner));
        drop(emptied);
    }

    pub(crate) fn remove(&self, key: &Key<O>) {
        let removed = self.0.write().unwrap_or_else(PoisonError::into_inner).remove(key);
        drop(removed);
    }

    fn put_in(mut map: RwLockWriteGuard<'_, Map<O>>, key: Key<O>, entry: Arc<Entry>) {
        let full = map.len() >= CAPACITY && !map.contains_key(&key);
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
