//! `Progress`, what is known about the records of a batch, and which record is started next.

use std::task::{Context, Poll};

use super::deadline::Deadline;
use super::ledger::{Ledger, State};
use super::record_run::{End, Ended};
use super::schedule::Schedule;

/// The records of a batch: which may start, how they ended, and how much time is left.
pub(crate) struct Progress {
    pub(crate) ledger: Ledger,
    pub(crate) schedule: Schedule,
    pub(crate) deadline: Deadline,
    pub(crate) burst: Burst,
    /// No further record is started, because the deadline is near.
    is_late: bool,
}

impl Progress {
    pub(crate) fn new(ledger: Ledger, schedule: Schedule, deadline: Deadline) -> Self {
        Self {
            ledger,
            schedule,
            deadline,
            burst: Burst::default(),
            is_late: false,
        }
    }

    /// Returns whether [`start`](Self::start) would probably return a record.
    pub(crate) fn may_start(&self) -> bool {
        !self.is_late && !self.burst.is_paused && self.schedule.has_next()
    }

    /// Returns the next record to start, if there is one and time is left.
    #[inline]
    pub(crate) fn start(&mut self) -> Option<usize> {
        if self.deadline.is_near() {
            self.is_late = true;
            return None;
        }
        let index = self.schedule.next()?;
        self.ledger.set(index, State::Running);
        Some(index)
    }

    #[inline]
    pub(crate) fn finish(&mut self, index: usize, ended: Ended) {
        let state = match ended {
            Ok(()) => State::Succeeded,
            Err(ended) => self.not_succeeded(index, ended.end),
        };
        self.ledger.set(index, state);
        self.schedule.finished(index, state.is_done());
    }

    #[cold]
    fn not_succeeded(&mut self, index: usize, end: End) -> State {
        match end {
            End::Dropped => State::Dropped,
            End::Failed(error) => {
                self.ledger.keep(index, error);
                State::Failed
            }
        }
    }

    /// Waits until running records are to be cancelled, unless this future is polled again anyway.
    pub(crate) fn poll_too_late(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.burst.is_paused {
            return Poll::Pending;
        }
        self.deadline.time_passes();
        self.deadline.poll_too_late(cx)
    }
}

/// Counts 128 records, which may all have completed without waiting, before other tasks get a turn.
#[derive(Default)]
pub(crate) struct Burst {
    records: u8,
    /// The 128 records are over, and other tasks did not have their turn yet.
    pub(crate) is_paused: bool,
}

impl Burst {
    #[inline]
    pub(crate) fn is_over(&mut self) -> bool {
        self.records = (self.records + 1) % 128;
        self.is_paused = self.records == 0;
        self.is_paused
    }
}
