//! [`IdempotencyError`], why work was not called, or why its answer is not the recorded one.

use std::error::Error;
use std::fmt;

use powertools_lambda_core::{Timestamp, json};

use super::{KeyError, StoreError};

/// Why work was not called, or why its answer is not the recorded one.
///
/// Its text names the store and the key (which contains a hash, not the data) and says what to do. After every error except
/// [`is_lock_lost`](Self::is_lock_lost), the work of this call was *not* called.
pub struct IdempotencyError {
    kind: Kind,
    /// The store and the key, if the key was known already.
    place: Option<(String, String)>,
}

#[derive(Debug)]
enum Kind {
    Key(KeyError),
    /// Without the value, because the error is logged.
    Event(String),
    InProgress {
        until: Option<u64>,
    },
    PayloadMismatch,
    Store(StoreError),
    AnswerMissing,
    AnswerUnreadable(String),
    LockLost,
}

impl IdempotencyError {
    pub(crate) fn key(error: KeyError) -> Self {
        Self::new(Kind::Key(error))
    }

    pub(crate) fn event(error: &serde_json::Error) -> Self {
        Self::new(Kind::Event(without_value(error)))
    }

    pub(crate) fn in_progress(until: Option<u64>) -> Self {
        Self::new(Kind::InProgress { until })
    }

    pub(crate) fn payload_mismatch() -> Self {
        Self::new(Kind::PayloadMismatch)
    }

    pub(crate) fn store(error: StoreError) -> Self {
        Self::new(Kind::Store(error))
    }

    pub(crate) fn answer_missing() -> Self {
        Self::new(Kind::AnswerMissing)
    }

    pub(crate) fn answer_unreadable(error: &serde_json::Error) -> Self {
        Self::new(Kind::AnswerUnreadable(without_value(error)))
    }

    pub(crate) fn lock_lost() -> Self {
        Self::new(Kind::LockLost)
    }

    pub(crate) fn at(mut self, store: &str, key: &str) -> Self {
        self.place = Some((store.to_owned(), key.to_owned()));
        self
    }

    fn new(kind: Kind) -> Self {
        Self { kind, place: None }
    }

    /// Returns whether another execution of the same work is in progress, so that a later attempt will succeed.
    ///
    /// An HTTP API answers 409 then.
    pub fn is_in_progress(&self) -> bool {
        matches!(self.kind, Kind::InProgress { .. })
    }

    /// Returns whether the request has the key of another one, but not its [payload](crate::Key::payload).
    ///
    /// An HTTP API answers 422 then.
    pub fn is_payload_mismatch(&self) -> bool {
        matches!(self.kind, Kind::PayloadMismatch)
    }

    /// Returns whether the work was called, but lasted longer than its lock, and another execution began meanwhile.
    ///
    /// The answer of this execution is not recorded. A repeated request gets that of the other execution.
    pub fn is_lock_lost(&self) -> bool {
        matches!(self.kind, Kind::LockLost)
    }

    /// Returns whether the work was done by an earlier execution whose answer cannot be replayed: it was too large to be
    /// recorded, or it does not decode as the type that is expected now.
    pub fn is_answer_lost(&self) -> bool {
        matches!(self.kind, Kind::AnswerMissing | Kind::AnswerUnreadable(_))
    }

    /// Returns the error of the key, if it is missing or cannot be hashed.
    pub fn key_error(&self) -> Option<&KeyError> {
        match &self.kind {
            Kind::Key(error) => Some(error),
            _ => None,
        }
    }

    /// Returns the error of the store, if it failed before the work.
    pub fn store_error(&self) -> Option<&StoreError> {
        match &self.kind {
            Kind::Store(error) => Some(error),
            _ => None,
        }
    }

    fn write_kind(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Key(error) => fmt::Display::fmt(error, f),
            Kind::Event(error) => write!(f, "the event cannot be decoded: {error}"),
            Kind::InProgress { until: Some(until) } => {
                let until = Timestamp::from_millis(*until);
                write!(f, "another execution is in progress until {until} at the latest: try again later")
            }
            Kind::InProgress { until: None } => f.write_str("another execution is in progress: try again later"),
            Kind::PayloadMismatch => f.write_str(
                "the request has the idempotency key of an earlier request, but not its payload: use a new key for a new request",
            ),
            Kind::Store(error) => write!(f, "the work was not called, because the store failed: {error}"),
            Kind::AnswerMissing => f.write_str(
                "an earlier execution was completed, but its answer was too large or could not be written as JSON, so it was \
                 not recorded: return a smaller answer, such as the id of the result",
            ),
            Kind::AnswerUnreadable(error) => write!(
                f,
                "an earlier execution was completed, but its recorded answer cannot be decoded as the current type: {error}; \
                 make the type read old answers (`#[serde(default)]`), or change the key's prefix",
            ),
            Kind::LockLost => f.write_str(
                "the work was done, but took longer than its lock, and another execution with the same key began meanwhile: \
                 its answer counts; make the lock longer (`lock_time`) or the work shorter",
            ),
        }
    }
}

impl fmt::Display for IdempotencyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_kind(f)?;
        match &self.place {
            Some((store, key)) => write!(f, " ({store}, key {key:?})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for IdempotencyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdempotencyError")
            .field("kind", &self.kind)
            .field("place", &self.place)
            .finish()
    }
}

fn without_value(error: &serde_json::Error) -> String {
    if error.is_data() {
        json::mismatch_at(&error.to_string(), error.line(), error.column())
    } else {
        error.to_string()
    }
}

impl Error for IdempotencyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.kind {
            Kind::Key(error) => Some(error),
            Kind::Store(error) => Some(error),
            _ => None,
        }
    }
}
