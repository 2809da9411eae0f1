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
/// Nearly all handlers succeed, which one number says; a `OnceLock` costs five times as much to set.
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
        let state = if matches!(outcome, Outcome::Succeeded) {
            SUCCEEDED
        } else {
            OTHER
        };
        let set = self
            .state
            .compare_exchange(RUNS, state, Ordering::AcqRel, Ordering::Acquire);
        set.is_ok() && (state == SUCCEEDED || self.other.set(outcome).is_ok())
    }
}
