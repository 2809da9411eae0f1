//! What a logger keeps of one invocation.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::waiting::{Flushed, Kept, Waiting};

/// What a logger keeps of one invocation.
#[derive(Debug)]
pub(crate) struct LogState {
    /// Whether DEBUG records are written.
    sampled: bool,
    /// Whether the handler's failure is in the logs already.
    failure_logged: AtomicBool,
    /// Records that wait.
    waiting: Mutex<Waiting>,
}

impl LogState {
    /// Creates the state of an invocation that writes DEBUG records if it is `sampled`.
    pub(crate) fn new(sampled: bool) -> Self {
        Self {
            sampled,
            failure_logged: AtomicBool::new(false),
            waiting: Mutex::default(),
        }
    }

    /// Returns whether DEBUG records are written.
    pub(crate) fn is_sampled(&self) -> bool {
        self.sampled
    }

    /// Notes that the handler's failure is in the logs; returns whether it was before.
    pub(crate) fn note_failure(&self) -> bool {
        self.failure_logged.swap(true, Ordering::AcqRel)
    }

    /// Returns whether the handler's failure is in the logs.
    pub(crate) fn is_failure_logged(&self) -> bool {
        self.failure_logged.load(Ordering::Acquire)
    }

    /// Keeps a record back, if it can wait.
    pub(crate) fn wait(&self, line: &[u8], max_bytes: usize) -> Kept {
        self.waiting().push(line, max_bytes)
    }

    /// Takes the records that wait.
    pub(crate) fn take_waiting(&self) -> Flushed {
        self.waiting().take()
    }

    /// Lets no further record wait, and takes those that do.
    pub(crate) fn close_buffer(&self) -> Flushed {
        let mut waiting = self.waiting();
        waiting.close();
        waiting.take()
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
