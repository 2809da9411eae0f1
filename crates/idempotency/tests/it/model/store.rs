//! `SimulatedStore`, a store whose calls are slow, lost before or after they take effect, or sent twice.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use fastrand::Rng;
use powertools_lambda_idempotency::{
    Begin, Claim, Complete, Completion, MemoryStore, Record, Release, Status, Store, StoreError, StoreFuture, Token,
};

use super::history::History;
use super::schedule::{EXECUTION, Planted};

#[derive(Clone)]
pub(super) struct SimulatedStore {
    pub(super) records: MemoryStore,
    pub(super) random: Arc<Mutex<Rng>>,
    pub(super) history: Arc<Mutex<History>>,
    /// How many of a thousand attempts are lost.
    pub(super) loss: u32,
    pub(super) planted: Planted,
}

/// How an attempt goes: the delays before and after its effect, in milliseconds, and whether it is lost on either way.
struct Attempt {
    there: u64,
    back: u64,
    is_lost_there: bool,
    is_lost_back: bool,
}

/// The attempts of a call, as those of the SDK.
const ATTEMPTS: usize = 3;

/// The SDK's timeout of an attempt, in milliseconds.
const ATTEMPT_TIMEOUT: u64 = 1_000;

impl SimulatedStore {
    fn attempt(&self) -> Attempt {
        let mut random = self.random.lock().unwrap();
        let mut delay = || {
            if random.u8(..) < 16 {
                random.u64(..4_000)
            } else {
                random.u64(..20)
            }
        };
        let (there, back) = (delay(), delay());
        Attempt {
            there,
            back,
            is_lost_there: random.u32(..1_000) < self.loss,
            is_lost_back: random.u32(..1_000) < self.loss,
        }
    }

    /// Sends a request until an attempt is answered. An attempt that timed out may still take effect later.
    async fn send<T: Clone + Send + 'static>(
        &self,
        effect: impl Fn(&Self, usize) -> T + Clone + Send + 'static,
    ) -> Result<T, StoreError> {
        let index = EXECUTION.get();
        for _ in 0..ATTEMPTS {
            let attempt = self.attempt();
            let round_trip = attempt.there + attempt.back;
            let is_answered = !attempt.is_lost_there && !attempt.is_lost_back && round_trip < ATTEMPT_TIMEOUT;
            if is_answered {
                sleep(attempt.there).await;
                let answer = effect(self, index);
                sleep(attempt.back).await;
                return Ok(answer);
            }
            if !attempt.is_lost_there {
                let (store, effect) = (self.clone(), effect.clone());
                tokio::spawn(async move {
                    sleep(attempt.there).await;
                    effect(&store, index);
                });
            }
            // Reset at once, or no answer.
            sleep(if round_trip.is_multiple_of(2) {
                attempt.there + 1
            } else {
                ATTEMPT_TIMEOUT
            })
            .await;
        }
        Err(StoreError::unavailable("three attempts failed"))
    }

    fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap()
    }

    fn record(&self) -> Option<Record> {
        self.records.records().into_iter().next().map(|(_, record)| record)
    }

    /// Applies a begin; also returns whether it renewed an expired record.
    fn apply_begin(&self, index: usize, claim: &Claim<'_>) -> (Begin, bool) {
        let mut claim = claim.clone();
        let status = self.record().map(|record| record.status);
        match (self.planted, status) {
            (Planted::IgnoresTheLock, Some(Status::InProgress))
            | (Planted::BeginsAgainAfterCompletion, Some(Status::Completed)) => self.records.remove(claim.key),
            (Planted::LockEndsTwoSecondsEarly, _) => claim.now += 2_000,
            _ => {}
        }
        let begin = now_or_never(self.records.begin(&claim));
        let is_acquired = matches!(begin, Begin::Acquired { .. });
        if is_acquired {
            self.history().begun(index, &claim);
        }
        (begin, is_acquired && status == Some(Status::Completed))
    }

    fn apply_complete(&self, index: usize, completion: &Completion<'_>) -> Complete {
        let before = self.record();
        let mut completion = completion.clone();
        let owner = before.as_ref().and_then(|record| record.token.as_ref());
        if let (Planted::CompletesWithAnyToken, Some(owner)) = (self.planted, owner) {
            completion.token = owner;
        }
        let complete = now_or_never(self.records.complete(&completion));
        self.history().completed(index, &completion, &complete, before.as_ref());
        complete
    }

    fn apply_release(&self, index: usize, key: &str, token: &Token, is_withdrawal: bool) -> Release {
        let before = self.record();
        let owner = before.as_ref().and_then(|record| record.token.as_ref());
        let token = owner
            .filter(|_| self.planted == Planted::ReleasesWithAnyToken)
            .unwrap_or(token);
        let release = now_or_never(if is_withdrawal {
            self.records.withdraw(key, token)
        } else {
            self.records.release(key, token)
        });
        self.history().released(index, release, before.as_ref());
        release
    }
}

impl Store for SimulatedStore {
    fn name(&self) -> &'static str {
        "a simulated store"
    }

    fn begin<'a>(&'a self, claim: &'a Claim<'a>) -> StoreFuture<'a, Begin> {
        let (key, token, now) = (claim.key.to_owned(), claim.token.clone(), claim.now);
        let (locked_until, expires_at) = (claim.locked_until, claim.expires_at);
        let begin = self.send(move |store, index| {
            let mut claim = Claim::new(&key, &token, now);
            claim.locked_until = locked_until;
            claim.expires_at = expires_at;
            store.apply_begin(index, &claim)
        });
        Box::pin(async move {
            let (begin, is_renewal) = begin.await?;
            self.history().told(&begin, claim.token, is_renewal);
            Ok(begin)
        })
    }

    fn complete<'a>(&'a self, completion: &'a Completion<'a>) -> StoreFuture<'a, Complete> {
        let (key, token) = (completion.key.to_owned(), completion.token.clone());
        let (expires_at, answer) = (completion.expires_at, completion.answer.map(str::to_owned));
        let complete = self.send(move |store, index| {
            let mut completion = Completion::new(&key, &token, expires_at);
            completion.answer = answer.as_deref();
            store.apply_complete(index, &completion)
        });
        Box::pin(async move {
            let index = EXECUTION.get();
            // The call may be given up before it is answered.
            self.history().executions[index].has_store_failed = true;
            let complete = complete.await?;
            self.history().executions[index].has_store_failed = false;
            Ok(complete)
        })
    }

    fn release<'a>(&'a self, key: &'a str, token: &'a Token) -> StoreFuture<'a, Release> {
        let (key, token) = (key.to_owned(), token.clone());
        Box::pin(self.send(move |store, index| store.apply_release(index, &key, &token, false)))
    }

    fn withdraw<'a>(&'a self, key: &'a str, token: &'a Token) -> StoreFuture<'a, Release> {
        let (key, token) = (key.to_owned(), token.clone());
        Box::pin(self.send(move |store, index| store.apply_release(index, &key, &token, true)))
    }
}

async fn sleep(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

/// Returns the answer of a call of the store in memory, which never waits.
fn now_or_never<T>(mut call: StoreFuture<'_, T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match call.as_mut().poll(&mut context) {
        std::task::Poll::Ready(Ok(answer)) => answer,
        _ => panic!("the store in memory answers immediately"),
    }
}
