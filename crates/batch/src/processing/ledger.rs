//! The state of each record; a record counts as failed unless it is known to have succeeded.

use crate::RecordError;

/// The state of every record of a batch.
#[derive(Debug)]
pub(crate) struct Ledger {
    states: Vec<State>,
    errors: Vec<(usize, RecordError)>,
}

/// What became of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    NotStarted,
    Running,
    Failed,
    /// The handler succeeded.
    Succeeded,
    /// The handler failed, and the record shall not come again.
    Dropped,
}

/// How many records of a batch ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BatchSummary {
    /// The records of the batch.
    pub records: usize,
    /// Records whose handler succeeded.
    pub succeeded: usize,
    /// Records that failed and come again.
    pub failed: usize,
    /// Records that failed and were dropped or handed over; they do not come again.
    pub dropped: usize,
    /// Records that were not started and come again: another one failed before, or the deadline came near.
    pub not_started: usize,
}

impl Ledger {
    pub(crate) fn new(records: usize) -> Self {
        Self {
            states: vec![State::NotStarted; records],
            errors: Vec::new(),
        }
    }

    pub(crate) fn set(&mut self, index: usize, state: State) {
        self.states[index] = state;
    }

    /// Keeps why a record failed.
    pub(crate) fn keep(&mut self, index: usize, error: RecordError) {
        self.errors.push((index, error));
    }

    /// Returns the records in this state.
    pub(crate) fn in_state(&self, state: State) -> impl Iterator<Item = usize> {
        let states = self.states.iter().enumerate();
        states.filter(move |(_, is)| **is == state).map(|(index, _)| index)
    }

    /// Returns the records that have to come again: all that are not proven done.
    pub(crate) fn open(&self) -> impl Iterator<Item = usize> {
        let states = self.states.iter().enumerate();
        states.filter(|(_, state)| !state.is_done()).map(|(index, _)| index)
    }

    pub(crate) fn is_any_done(&self) -> bool {
        self.states.iter().any(|state| state.is_done())
    }

    pub(crate) fn summary(&self) -> BatchSummary {
        let mut summary = BatchSummary {
            records: self.states.len(),
            ..BatchSummary::default()
        };
        for state in &self.states {
            *match state {
                State::NotStarted => &mut summary.not_started,
                State::Running | State::Failed => &mut summary.failed,
                State::Succeeded => &mut summary.succeeded,
                State::Dropped => &mut summary.dropped,
            } += 1;
        }
        summary
    }

    pub(crate) fn into_errors(self) -> Vec<(usize, RecordError)> {
        self.errors
    }
}

impl State {
    /// Returns whether the record need not come again.
    pub(crate) fn is_done(self) -> bool {
        matches!(self, Self::Succeeded | Self::Dropped)
    }
}
