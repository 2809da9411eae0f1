//! `Ledger`, the state of each record: a record counts as failed unless it is known to have succeeded.

use crate::RecordError;

/// The state of every record of a batch.
#[derive(Debug)]
pub(crate) struct Ledger {
    states: Vec<State>,
    errors: Vec<(usize, RecordError)>,
}

/// The state of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    NotStarted,
    Running,
    Failed,
    /// The handler succeeded.
    Succeeded,
    /// The handler failed, but the record is not to be delivered again.
    Dropped,
}

/// The number of records of a batch by how they ended; see [`Batch::on_finish`](crate::Batch::on_finish).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BatchSummary {
    /// All records of the batch.
    pub records: usize,
    /// Records whose handler succeeded.
    pub succeeded: usize,
    /// Records that failed or were cancelled, and are reported.
    pub failed: usize,
    /// Records that failed and were dropped or forwarded; they are not reported.
    pub dropped: usize,
    /// Records that were not started, and are reported: another record failed before, or the deadline was near.
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

    /// Stores why a record failed.
    pub(crate) fn keep(&mut self, index: usize, error: RecordError) {
        self.errors.push((index, error));
    }

    /// Returns the records in this state.
    pub(crate) fn in_state(&self, state: State) -> impl Iterator<Item = usize> {
        let states = self.states.iter().enumerate();
        states.filter(move |(_, is)| **is == state).map(|(index, _)| index)
    }

    /// Returns the records to report: all that are not known to be done.
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
    /// Returns whether the record is done and not to be delivered again.
    pub(crate) fn is_done(self) -> bool {
        matches!(self, Self::Succeeded | Self::Dropped)
    }
}
