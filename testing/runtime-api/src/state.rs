//! The state that the server and the test share.

use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, watch};

use crate::{Answer, Invocation, Outcome};

/// The invocations for the function, and its answers.
pub(crate) struct State {
    ledger: Mutex<Ledger>,
    answered: Condvar,
    /// One permit for each waiting invocation.
    waiting: Semaphore,
    held: watch::Sender<bool>,
}

#[derive(Default)]
struct Ledger {
    queue: VecDeque<Invocation>,
    /// Each fetched invocation, and whether it has been answered.
    fetched: HashMap<String, bool>,
    answers: Vec<Answer>,
    violations: Vec<String>,
}

impl State {
    pub(crate) fn new() -> Self {
        Self {
            ledger: Mutex::default(),
            answered: Condvar::new(),
            waiting: Semaphore::new(0),
            held: watch::Sender::new(false),
        }
    }

    pub(crate) fn push(&self, invocation: Invocation) {
        self.ledger().queue.push_back(invocation);
        self.waiting.add_permits(1);
    }

    /// Waits for the next invocation and returns it.
    pub(crate) async fn next(&self) -> Option<Invocation> {
        self.waiting.acquire().await.ok()?.forget();
        let mut ledger = self.ledger();
        let invocation = ledger.queue.pop_front()?;
        if ledger.fetched.insert(invocation.request_id.clone(), false).is_some() {
            ledger
                .violations
                .push(format!("request id {} was pushed twice", invocation.request_id));
        }
        Some(invocation)
    }

    /// Records an answer, then waits while acknowledgements are held back.
    pub(crate) async fn answer(&self, request_id: String, outcome: Outcome) {
        {
            let mut ledger = self.ledger();
            match ledger.fetched.get_mut(&request_id) {
                Some(answered) if !*answered => *answered = true,
                Some(_) => ledger.violations.push(format!("a second answer for {request_id}")),
                None => ledger
                    .violations
                    .push(format!("an answer for {request_id}, which was not fetched")),
            }
            ledger.answers.push(Answer { request_id, outcome });
        }
        self.answered.notify_all();
        // An error means that the state is gone, so the answer can no longer be released.
        let _ = self.held.subscribe().wait_for(|held| !held).await;
    }

    pub(crate) fn note_violation(&self, what: String) {
        self.ledger().violations.push(what);
    }

    pub(crate) fn set_held(&self, held: bool) {
        self.held.send_replace(held);
    }

    /// Waits until there are `count` answers or the time is over, and returns the answers so far.
    pub(crate) fn wait_for(&self, count: usize, patience: Duration) -> Vec<Answer> {
        self.waited(count, patience).answers.clone()
    }

    /// Waits until there are `count` answers or the time is over, and takes the answers so far.
    pub(crate) fn take(&self, count: usize, patience: Duration) -> Vec<Answer> {
        std::mem::take(&mut self.waited(count, patience).answers)
    }

    fn waited(&self, count: usize, patience: Duration) -> MutexGuard<'_, Ledger> {
        let waited = self
            .answered
            .wait_timeout_while(self.ledger(), patience, |ledger| ledger.answers.len() < count);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    pub(crate) fn violations(&self) -> Vec<String> {
        self.ledger().violations.clone()
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
