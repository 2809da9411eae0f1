//! [`Outcome`], how the handler ended.

use crate::ErrorReport;
use crate::sync::OnceLock;
use crate::sync::atomic::{AtomicU8, Ordering};

/// How the handler ended; see [`Invocation::outcome`](crate::Invocation::outcome).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The handler returned a response.
    Succeeded,
    /// The handler returned this error.
    Failed(ErrorReport),
    /// The handler panicked, with this message.
    Panicked(String),
}

/// How the handler of an invocation has ended; set once.
///
/// Nearly all handlers succeed, which an atomic number can record; setting a `OnceLock` costs five times as much.
#[derive(Debug, Default)]
pub(super) struct Ended {
    state: AtomicU8,
    /// The outcome that is not [`Outcome::Succeeded`].
    other: OnceLock<Outcome>,
}

/// The states of [`Ended`].
const RUNS: u8 = 0;
const SUCCEEDED: u8 = 1;
const OTHER: u8 = 2;

impl Ended {
    /// Returns the outcome, or `None` while the handler runs.
    pub(super) fn get(&self) -> Option<&Outcome> {
        match self.state.load(Ordering::Acquire) {
            RUNS => None,
            SUCCEEDED => Some(&Outcome::Succeeded),
            _ => self.other.get(),
        }
    }

    /// Sets the outcome; returns whether this is the first call.
    pub(super) fn set(&self, outcome: Outcome) -> bool {
        if matches!(outcome, Outcome::Succeeded) {
            return self.leave_runs(SUCCEEDED).is_ok();
        }
        let is_first = self.other.set(outcome).is_ok();
        // A second caller finishes what the first one began, so that both see an outcome afterwards.
        let left = self.leave_runs(OTHER);
        is_first && left != Err(SUCCEEDED)
    }

    /// Sets the state, or returns the one that was set before.
    fn leave_runs(&self, state: u8) -> Result<u8, u8> {
        self.state
            .compare_exchange(RUNS, state, Ordering::AcqRel, Ordering::Acquire)
    }
}
