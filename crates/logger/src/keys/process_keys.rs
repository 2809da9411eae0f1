//! `ProcessKeys`, the global keys on every record of a logger.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use super::bounds::add;
use crate::record::Fields;

/// The keys from the builder, and those set later for the whole process.
#[derive(Debug)]
pub(crate) struct ProcessKeys {
    built: Fields,
    /// Whether to read `current`; a logger whose keys never change takes no lock.
    changed: AtomicBool,
    current: RwLock<Fields>,
}

impl ProcessKeys {
    pub(crate) fn new(built: Fields) -> Self {
        Self {
            changed: AtomicBool::new(false),
            current: RwLock::new(built.clone()),
            built,
        }
    }

    /// Calls `f` with the keys; `f` must not run foreign code.
    pub(crate) fn read<R>(&self, f: impl FnOnce(&Fields) -> R) -> R {
        if self.changed.load(Ordering::Acquire) {
            f(&self.current.read().unwrap_or_else(PoisonError::into_inner))
        } else {
            f(&self.built)
        }
    }

    pub(crate) fn append(&self, keys: &Fields) {
        self.change(|current| add(current, keys));
    }

    pub(crate) fn remove(&self, key: &str) {
        self.change(|current| {
            current.remove(key);
        });
    }

    fn change(&self, f: impl FnOnce(&mut Fields)) {
        f(&mut self.current.write().unwrap_or_else(PoisonError::into_inner));
        self.changed.store(true, Ordering::Release);
    }
}
