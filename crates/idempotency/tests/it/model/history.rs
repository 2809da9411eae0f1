//! `History`, what happened in a schedule, and the promise that it is held against.

use powertools_lambda_idempotency::{Begin, Claim, Complete, Completion, Record, Release, Status, Token};

use super::clock::Time;

pub(super) struct History {
    pub(super) time: Time,
    /// The largest difference between an environment's clock and Lambda's, in milliseconds.
    pub(super) max_skew: u64,
    /// Whether it is within the margin that the lock allows for, so that all of the promise holds.
    pub(super) is_within_the_margin: bool,
    pub(super) executions: Vec<Execution>,
    pub(super) takeovers: u64,
    pub(super) renewals: u64,
    pub(super) broken: Vec<String>,
}

/// One invocation.
#[derive(Clone, Debug, Default)]
pub(super) struct Execution {
    /// When Lambda ends it, if it does.
    pub(super) deadline: Option<u64>,
    token: Option<Token>,
    /// When its begin took effect, and until when it is locked.
    begun: Option<(u64, u64)>,
    /// When its work was called.
    work: Option<u64>,
    /// Whether its work returned an error or panicked, which frees the key.
    has_failed: bool,
    /// When the record that it completed expires, in milliseconds.
    completed: Option<u64>,
    /// Whether the store failed.
    pub(super) has_store_failed: bool,
}

impl Execution {
    pub(super) fn new(deadline: Option<u64>) -> Self {
        Self {
            deadline,
            ..Self::default()
        }
    }
}

impl History {
    pub(super) fn new(time: Time, max_skew: u64, is_within_the_margin: bool, executions: Vec<Execution>) -> Self {
        Self {
            time,
            max_skew,
            is_within_the_margin,
            executions,
            takeovers: 0,
            renewals: 0,
            broken: Vec::new(),
        }
    }

    pub(super) fn effects(&self) -> u64 {
        self.executions
            .iter()
            .filter(|execution| execution.work.is_some())
            .count() as u64
    }

    /// An attempt of `index` to begin took effect.
    pub(super) fn begun(&mut self, index: usize, claim: &Claim<'_>) {
        let execution = &mut self.executions[index];
        execution.token = Some(claim.token.clone());
        execution.begun = Some((self.time.now(), claim.locked_until));
        let deadline = execution.deadline;
        // "The lock never ends before the deadline that Lambda enforces", nor does its record.
        if deadline.is_some_and(|deadline| claim.locked_until < deadline) {
            self.broken.push(format!(
                "the lock of {index} ends at {}, before {deadline:?}",
                claim.locked_until
            ));
        }
        if claim.expires_at * 1_000 < claim.locked_until {
            self.broken
                .push(format!("the record of {index} expires during its lock"));
        }
    }

    /// `index` was told the answer to its begin; `before` is the status of the record that an acquired one replaced.
    pub(super) fn told(&mut self, begin: &Begin, token: &Token, is_renewal: bool) {
        let (taken_over, renewed) = match begin {
            Begin::Acquired { taken_over, .. } => (*taken_over, is_renewal),
            Begin::Exists(record) if record.token.as_ref() == Some(token) => (
                record.previous == Some(Status::InProgress),
                record.previous == Some(Status::Completed),
            ),
            _ => return,
        };
        self.takeovers += u64::from(taken_over);
        self.renewals += u64::from(renewed);
    }

    /// An attempt of `index` to complete took effect on the record `before`.
    pub(super) fn completed(
        &mut self,
        index: usize,
        completion: &Completion<'_>,
        complete: &Complete,
        before: Option<&Record>,
    ) {
        if *complete != Complete::Done {
            return;
        }
        let now = self.time.now();
        if before.and_then(|record| record.token.as_ref()) != self.executions[index].token.as_ref() {
            self.broken.push(format!("{index} completes another's record"));
        }
        // "Only one can complete the record", until it expires.
        for (other, execution) in self.executions.iter().enumerate() {
            if other != index
                && execution
                    .completed
                    .is_some_and(|expiry| now + 2 * self.max_skew < expiry)
            {
                self.broken
                    .push(format!("{index} completes at {now} what {other} completed"));
            }
        }
        self.executions[index].completed = Some(completion.expires_at * 1_000);
    }

    /// An attempt of `index` to release took effect on the record `before`.
    pub(super) fn released(&mut self, index: usize, release: Release, before: Option<&Record>) {
        let token = self.executions[index].token.as_ref();
        if release == Release::Done && before.and_then(|record| record.token.as_ref()) != token {
            self.broken.push(format!("{index} deletes another's record"));
        }
    }

    /// The work of `index` is called.
    pub(super) fn work_begins(&mut self, index: usize) {
        let now = self.time.now();
        if self.executions[index].work.is_some() {
            self.broken.push(format!("the work of {index} is called twice"));
        }
        for (other, execution) in self.executions.iter().enumerate() {
            if other == index || execution.work.is_none() || !self.is_within_the_margin {
                continue;
            }
            // "While the lock holds there is one execution"; a completed record holds until it expires.
            let locked_until = execution
                .begun
                .map_or(0, |(_, until)| until.saturating_sub(2 * self.max_skew));
            let held_until = match execution {
                Execution {
                    completed: Some(expiry),
                    ..
                } => expiry.saturating_sub(2 * self.max_skew),
                Execution { has_failed: true, .. } => 0,
                Execution {
                    deadline: Some(deadline),
                    ..
                } => *deadline.max(&locked_until),
                _ => locked_until,
            };
            if now < held_until {
                self.broken.push(format!(
                    "the work of {index} begins at {now}, but {other} holds until {held_until}"
                ));
            }
        }
        self.executions[index].work = Some(now);
    }

    pub(super) fn work_fails(&mut self, index: usize) {
        self.executions[index].has_failed = true;
    }

    /// `index` returned `answer`.
    pub(super) fn answered(&mut self, index: usize, answer: usize) {
        let execution = &self.executions[answer];
        if answer == index {
            // Its own answer is the recorded one, unless the store failed after the work.
            if execution.completed.is_none() && !execution.has_store_failed {
                self.broken.push(format!("{index} answers, but did not complete"));
            }
        } else if execution.completed.is_none() {
            self.broken
                .push(format!("{index} replays {answer}, which did not complete"));
        } else if self.executions[index].work.is_some() {
            self.broken.push(format!("{index} replays an answer after its work"));
        }
    }

    /// `index` was told that it lost its lock.
    pub(super) fn lost(&mut self, index: usize) {
        let began = |index: usize| self.executions[index].begun.map_or(0, |(at, _)| at);
        let others = (0..self.executions.len()).filter(|other| *other != index);
        if others.into_iter().all(|other| began(other) < began(index)) {
            self.broken.push(format!("{index} lost its lock to nobody"));
        }
        // It may have completed with a lost answer, and repeated the call after its record expired.
        let now = self.time.now() + 2 * self.max_skew;
        if self.executions[index].completed.is_some_and(|expiry| now < expiry) {
            self.broken.push(format!("{index} lost its lock, but completed"));
        }
    }

    /// "Effects = 1 + takeovers", where each key's work succeeds and its record does not expire.
    pub(super) fn end(&mut self) {
        let failed = self.executions.iter().filter(|execution| execution.has_failed).count() as u64;
        let explained = 1 + self.takeovers + failed + self.renewals;
        if self.effects() > explained {
            self.broken
                .push(format!("{} effects, but {explained} are explained", self.effects()));
        }
    }
}
