//! [`Sight`], what was seen of a round.

use std::collections::HashMap;

use super::findings::{Findings, Kind};

/// What was seen of one invocation.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) lines: Vec<String>,
    pub(super) values: Vec<u32>,
    pub(super) spans: Vec<String>,
    pub(super) answers: u32,
}

/// What was seen of a round, and what was wrong at first sight.
#[derive(Debug, Default)]
pub(super) struct Sight {
    pub(super) seen: HashMap<u64, Seen>,
    /// The invocations that had the effect of a key.
    pub(super) effects: HashMap<u64, Vec<u64>>,
    pub(super) cold_starts: u64,
    pub(super) findings: Findings,
}

impl Sight {
    /// Returns what was seen of an invocation, or notes that no invocation has this number.
    pub(super) fn of(&mut self, number: u64, what: &str) -> Option<&mut Seen> {
        if !self.seen.contains_key(&number) {
            let what = format!("no invocation {number}: {what}");
            self.findings.note(Kind::Invalid, || what);
        }
        self.seen.get_mut(&number)
    }
}
