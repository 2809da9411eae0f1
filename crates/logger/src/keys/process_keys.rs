//! `ProcessKeys`, the global keys on every record of a logger.

use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

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

/// Borrowed keys: the builder's, or the current ones under their lock.
pub(crate) enum Borrowed<'a> {
    Built(&'a Fields),
    Current(RwLockReadGuard<'a, Fields>),
}

impl ProcessKeys {
    pub(crate) fn new(built: Fields) -> Self {
        Self {
            changed: AtomicBool::new(false),
            current: RwLock::new(built.clone()),
            built,
        }
    }

    /// Returns the keys; while they are borrowed, no foreign code may run.
    pub(crate) fn read(&self) -> Borrowed<'_> {
        if self.changed.load(Ordering::Acquire) {
            Borrowed::Current(self.current.read().unwrap_or_else(PoisonError::into_inner))
        } else {
            Borrowed::Built(&self.built)
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

impl Deref for Borrowed<'_> {
    type Target = Fields;

    #[inline]
    fn deref(&self) -> &Fields {
        match self {
            Self::Built(built) => built,
            Self::Current(current) => current,
        }
    }
}
