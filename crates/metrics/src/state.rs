//! What metrics keep in an invocation.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::document::Document;

/// What a [`Metrics`](crate::Metrics) keeps in an invocation.
pub(crate) struct State {
    /// `None` once it was written for good: what comes later goes to the process's document.
    document: Mutex<Option<Box<Document>>>,
    /// Whether these metrics write the invocation's cold start.
    cold_start: AtomicBool,
}

impl State {
    pub(crate) fn new(document: Box<Document>) -> Self {
        Self {
            document: Mutex::new(Some(document)),
            cold_start: AtomicBool::new(false),
        }
    }

    /// Locks the document.
    #[inline]
    pub(crate) fn document(&self) -> MutexGuard<'_, Option<Box<Document>>> {
        self.document.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has these metrics write the cold start when the invocation ends.
    pub(crate) fn set_cold_start(&self) {
        self.cold_start.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has_cold_start(&self) -> bool {
        self.cold_start.load(Ordering::Relaxed)
    }
}

/// Whether some metrics took the cold start of an invocation: it is written once, however many take part.
#[derive(Default)]
pub(crate) struct ColdStartTaken(AtomicBool);

impl ColdStartTaken {
    /// Takes the cold start; returns whether it was still to be had.
    pub(crate) fn take(&self) -> bool {
        !self.0.swap(true, Ordering::Relaxed)
    }
}
