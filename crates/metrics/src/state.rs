//! `State`, the data that metrics keep for one invocation.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::document::Document;

/// The data that a [`Metrics`](crate::Metrics) keeps for one invocation.
pub(crate) struct State {
    /// `None` after the final write; later metrics go to the process's document.
    document: Mutex<Option<Box<Document>>>,
    /// Whether these metrics still have to write the invocation's cold start.
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

    /// Makes these metrics write the cold start when the invocation ends, or near its deadline.
    pub(crate) fn set_cold_start(&self) {
        self.cold_start.store(true, Ordering::Relaxed);
    }

    /// Returns whether these metrics have to write the cold start: true once.
    pub(crate) fn take_cold_start(&self) -> bool {
        // A plain load first, because all later invocations have none.
        self.cold_start.load(Ordering::Relaxed) && self.cold_start.swap(false, Ordering::Relaxed)
    }
}

/// Whether one of the metrics in an invocation writes its cold start, which is written only once.
#[derive(Default)]
pub(crate) struct ColdStartTaken(AtomicBool);

impl ColdStartTaken {
    /// Takes the cold start; returns whether no one else had taken it.
    pub(crate) fn take(&self) -> bool {
        !self.0.swap(true, Ordering::Relaxed)
    }
}
