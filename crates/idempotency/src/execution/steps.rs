//! [`Steps`], the calls of the store for one execution: begin, complete, release.

use std::time::Duration;

use powertools_lambda_core::Deadline;

use super::settings::Settings;
use super::stored::Stored;
use crate::{
    Begin, Claim, Complete, Completion, IdempotencyError, Record, Release, Status, StoreError, StoreFuture, Token,
};

/// The time before the deadline at which calls of the store are given up, so that the answer is still posted.
const POST_TIME: Duration = Duration::from_millis(100);

/// The maximum time for a call of the store and its repetitions if the invocation has no deadline.
const PATIENCE: Duration = Duration::from_secs(5);

/// The pause before the second attempt to complete or release a record; it doubles each time.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

pub(super) struct Steps<'a> {
    pub(super) settings: &'a Settings,
    pub(super) deadline: Option<&'a Deadline>,
    pub(super) stored: &'a Stored,
    pub(super) token: &'a Token,
}

/// The outcome of [`Steps::begin`].
pub(super) enum Began {
    Acquired { taken_over: bool },
    Exists(Record),
}

impl Steps<'_> {
    /// Takes the lock, with one call.
    pub(super) async fn begin(&self) -> Result<Began, StoreError> {
        let now = self.settings.now();
        let locked_until = self.settings.lock.until(now, self.deadline);
        let claim = Claim {
            key: &self.stored.key,
            token: self.token,
            now,
            locked_until,
            // A record that expires during its lock could be taken over, and deleted by the table.
            expires_at: self.settings.expires_at(now).max(locked_until.div_ceil(1_000)),
            payload_hash: self.stored.payload_hash.as_deref(),
        };
        // The other half is for the work, or for a withdrawal.
        let time = PATIENCE.min(self.time_left() / 2);
        let began = within(time, self.settings.store.begin(&claim)).await?;
        Ok(match began {
            Begin::Acquired { taken_over } => Began::Acquired { taken_over },
            // The answer to an earlier attempt of this call was lost.
            Begin::Exists(record) if record.is_owned_by(self.token) && record.status == Status::InProgress => {
                let taken_over = record.previous == Some(Status::InProgress);
                Began::Acquired { taken_over }
            }
            Begin::Exists(record) => Began::Exists(record),
        })
    }

    /// Records an answer, with one call; if `repeats`, it is repeated while the store is unavailable.
    ///
    /// Returns an error only if the lock was lost. Any other failure is a warning, because the work was done.
    pub(super) async fn complete(
        &self,
        answer: Result<String, serde_json::Error>,
        repeats: bool,
    ) -> Result<(), IdempotencyError> {
        let not_json = |error: &serde_json::Error| {
            self.warn("an answer cannot be written as JSON, so duplicates get an error", error);
        };
        let answer = answer.inspect_err(not_json).ok();
        let expires_at = self.settings.expires_at(self.settings.now());
        let completion = Completion {
            key: &self.stored.key,
            token: self.token,
            expires_at,
            answer: answer.as_deref(),
            payload_hash: self.stored.payload_hash.as_deref(),
        };
        let call = || self.settings.store.complete(&completion);
        let completed = if repeats {
            self.repeat(call).await
        } else {
            self.within_the_time(call()).await
        };
        let is_recorded = match completed {
            Ok(Complete::Done) => true,
            Ok(Complete::DoneWithoutAnswer) => {
                let reason = "it is too large for the store";
                self.warn("an answer is not recorded, so duplicates get an error", &reason);
                false
            }
            // The answer to an earlier attempt of this call was lost.
            Ok(Complete::Lost(Some(record)))
                if record.is_owned_by(self.token) && record.status == Status::Completed =>
            {
                record.answer.is_some()
            }
            Ok(Complete::Lost(_)) => return Err(IdempotencyError::lock_lost()),
            Err(error) => {
                self.warn(
                    "work was done, but its answer is not recorded, so it is called again after its lock ends",
                    &error,
                );
                false
            }
        };
        if let Some(cache) = self.settings.cache.as_ref().filter(|_| is_recorded) {
            let mut record = Record::new(Status::Completed, expires_at);
            record.answer = answer;
            record.payload_hash.clone_from(&self.stored.payload_hash);
            record.token = Some(self.token.clone());
            cache.put(self.stored.key.clone(), record).await;
        }
        Ok(())
    }

    /// Withdraws a lock that may have been taken although the call failed, so that the key is free for the next request.
    pub(super) async fn withdraw(&self) {
        let withdrawn = self.settings.store.withdraw(&self.stored.key, self.token);
        // If this fails, too, the lock ends by itself; the caller gets the error of the first call.
        let _ = self.within_the_time(withdrawn).await;
    }

    /// Releases the lock, because the work failed. If this fails, the lock ends by itself.
    ///
    /// Without protection there is probably no lock, so the call is not repeated.
    pub(super) async fn release(&self, is_protected: bool) {
        let call = || self.settings.store.release(&self.stored.key, self.token);
        let released = if is_protected {
            self.repeat(call).await
        } else {
            self.within_the_time(call()).await
        };
        match released {
            // It may be lost because an earlier attempt deleted it.
            Ok(Release::Done | Release::Lost) => {}
            Err(error) => self.warn("the key of work that failed stays locked until its lock ends", &error),
        }
    }

    /// Repeats a call while the store is unavailable and there is time.
    async fn repeat<'a, T>(&self, call: impl Fn() -> StoreFuture<'a, T>) -> Result<T, StoreError> {
        let clock = self.settings.environment.clock();
        let begun = clock.monotonic();
        let mut pause = FIRST_PAUSE;
        loop {
            let error = match self.within_the_time(call()).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let patience = PATIENCE.saturating_sub(clock.monotonic().saturating_sub(begun));
            let left = if self.enforced_deadline().is_some() {
                self.time_left()
            } else {
                patience
            };
            if !error.is_unavailable() || left <= pause {
                return Err(error);
            }
            tokio::time::sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }

    async fn within_the_time<T>(&self, call: StoreFuture<'_, T>) -> Result<T, StoreError> {
        within(self.time_left(), call).await
    }

    fn time_left(&self) -> Duration {
        let left = self
            .enforced_deadline()
            .map(|deadline| deadline.remaining().saturating_sub(POST_TIME));
        left.unwrap_or(PATIENCE)
    }

    /// Returns the deadline, unless Lambda lets work continue after it.
    fn enforced_deadline(&self) -> Option<&Deadline> {
        self.deadline.filter(|_| self.settings.lock.is_deadline_enforced)
    }

    fn warn(&self, what: &str, error: &dyn std::fmt::Display) {
        let store = self.settings.store.name();
        let warning = format_args!("{what} ({store}, key {:?}): {error}", self.stored.key);
        self.settings.environment.warnings().once(what, warning);
    }
}

async fn within<T>(time: Duration, call: StoreFuture<'_, T>) -> Result<T, StoreError> {
    let answer = tokio::time::timeout(time, call).await;
    answer.unwrap_or_else(|_| Err(StoreError::unavailable(format!("no answer within {time:?}"))))
}
