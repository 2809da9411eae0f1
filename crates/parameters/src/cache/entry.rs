//! `Entry`, a cached answer with its times, and `State`, whether it may be used.

use std::sync::Arc;

use powertools_lambda_core::Clock;
use powertools_lambda_core::sync::atomic::AtomicBool;

use super::age::{Ages, Stamp};
use super::epochs::{Epoch, Epochs};
use super::views::Part;
use crate::{GetError, Value};

pub(crate) struct Entry {
    pub(crate) answer: Arc<Answer>,
    /// When the store was asked for the answer.
    pub(crate) asked: Stamp,
    /// When the store last failed to give a younger answer, and why.
    pub(crate) failed: Option<(Stamp, GetError)>,
    pub(crate) epoch: Epoch,
    /// The tickets of the call's begin and end, which order it among all calls and requests.
    pub(crate) begun: u64,
    pub(crate) done: u64,
    /// Whether a younger answer is being fetched while this one is served.
    pub(crate) refreshing: AtomicBool,
}

pub(crate) enum Answer {
    One(Part<Value>),
    /// All parameters below a path, ordered by name.
    Multiple(Part<Vec<(Box<str>, Part<Value>)>>),
    /// The entries of several names, in the order of the request.
    Names(Vec<Arc<Entry>>),
    Failed(GetError),
}

/// Whether an answer may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Fresh,
    /// It may be used, and a younger one is to be fetched.
    Stale,
    /// It may be used only if the store is unavailable.
    LastResort,
    Expired,
}

impl Entry {
    pub(crate) fn state(&self, ages: &Ages, epochs: &Epochs, clock: &Clock) -> State {
        if !epochs.is_current(self.epoch) {
            return State::Expired;
        }
        let age = self.asked.age(clock);
        if let Answer::Failed(error) = &*self.answer {
            let remembered = error.is_not_found() && age < ages.failure_age;
            return if remembered { State::Fresh } else { State::Expired };
        }
        if age < ages.max_age {
            return State::Fresh;
        }
        let in_vain = self
            .failed
            .as_ref()
            .is_some_and(|(at, _)| at.age(clock) < ages.failure_age);
        if age >= ages.last_resort() {
            State::Expired
        } else if in_vain {
            State::Fresh
        } else if age < ages.max_age.saturating_add(ages.stale_while_revalidate) {
            State::Stale
        } else {
            State::LastResort
        }
    }
}
