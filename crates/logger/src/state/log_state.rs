//! `LogState`, the data that a logger keeps for one invocation.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::waiting::{Flushed, Kept, Waiting};

/// The data that a logger keeps for one invocation.
#[derive(Debug)]
pub(crate) struct LogState {
    /// Whether DEBUG records are written.
    sampled: bool,
    /// Whether the handler's failure is already recorded.
    failure_logged: AtomicBool,
    /// Whether the panic hook has recorded a panic, of which the handler need not have failed.
    panic_logged: AtomicBool,
    /// The buffered records.
    waiting: Mutex<Waiting>,
}

impl LogState {
    /// Creates the state of an invocation that writes DEBUG records if it is `sampled`.
    pub(crate) fn new(sampled: bool) -> Self {
        Self {
            sampled,
            failure_logged: AtomicBool::new(false),
            panic_logged: AtomicBool::new(false),
            waiting: Mutex::default(),
        }
    }

    /// Returns whether DEBUG records are written.
    pub(crate) fn is_sampled(&self) -> bool {
        self.sampled
    }

    /// Marks the handler's failure as recorded; returns whether it already was.
    pub(crate) fn note_failure(&self) -> bool {
        self.failure_logged.swap(true, Ordering::AcqRel)
    }

    /// Marks a panic as recorded.
    pub(crate) fn note_panic(&self) {
        self.panic_logged.store(true, Ordering::Release);
    }

    /// Returns whether the handler's failure is recorded.
    pub(crate) fn is_failure_logged(&self) -> bool {
        self.failure_logged.load(Ordering::Acquire)
    }

    /// Returns whether a panic is recorded.
    pub(crate) fn is_panic_logged(&self) -> bool {
        self.panic_logged.load(Ordering::Acquire)
    }

    /// Buffers a record, if it fits and the buffer is open.
    pub(crate) fn wait(&self, line: &[u8], max_bytes: usize) -> Kept {
        self.waiting().push(line, max_bytes)
    }

    /// Takes the buffered records.
    pub(crate) fn take_waiting(&self) -> Flushed {
        self.waiting().take()
    }

    /// Closes the buffer, and takes the buffered records.
    pub(crate) fn close_buffer(&self) -> Flushed {
        let mut waiting = self.waiting();
        waiting.close();
        waiting.take()
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
