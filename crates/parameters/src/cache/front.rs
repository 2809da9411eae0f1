//! The names a function uses again and again, found without the bookkeeping of the large cache.

use std::hash::Hash;
use std::sync::{Arc, PoisonError, RwLock};

use hashbrown::HashMap;

use super::entry::Entry;
use super::key::{Key, KeyRef};

/// A small map in front of the cache.
///
/// moka's own lookup costs more than everything else of a hit together, because it keeps statistics of each read. A
/// function asks for a handful of names, and those need none. Entries are immutable and judged by whoever reads them, so
/// the two maps need not agree: an entry here that is gone there does no harm.
pub(crate) struct Front<O>(RwLock<HashMap<Key<O>, Arc<Entry>>>);

/// When it is full it is emptied; what is in use comes back by itself.
const CAPACITY: usize = 64;

impl<O: Eq + Hash> Front<O> {
    pub(crate) fn new() -> Self {
        Self(RwLock::default())
    }

    /// Calls `read` with the entry; it must not run foreign code.
    pub(crate) fn read<R>(&self, key: &KeyRef<'_, O>, read: impl FnOnce(&Arc<Entry>) -> R) -> Option<R> {
        let map = self.0.read().unwrap_or_else(PoisonError::into_inner);
        map.get(key).map(read)
    }

    pub(crate) fn put(&self, key: Key<O>, entry: Arc<Entry>) {
        let mut map = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let full = map.len() >= CAPACITY && !map.contains_key(&key);
        // Dropped outside the lock: overwriting secrets takes time, and a decoded value's `Drop` is foreign code.
        let emptied = if full {
            std::mem::take(&mut *map)
        } else {
            HashMap::new()
        };
        let replaced = map.insert(key, entry);
        drop(map);
        drop((emptied, replaced));
    }

    pub(crate) fn clear(&self) {
        let emptied = std::mem::take(&mut *self.0.write().unwrap_or_else(PoisonError::into_inner));
        drop(emptied);
    }

    pub(crate) fn remove(&self, key: &Key<O>) {
        let removed = self.0.write().unwrap_or_else(PoisonError::into_inner).remove(key);
        drop(removed);
    }
}
