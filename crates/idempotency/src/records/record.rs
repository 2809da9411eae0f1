//! [`Record`], what a store has for a key.

use std::fmt;

use super::status::Status;
use super::token::Token;

/// What a store has for a key.
///
/// A [`Store`](crate::Store) returns it if there is a record that is still valid. Hooks on replay see it, too.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// How far the work is.
    pub status: Status,
    /// When the record expires, in seconds since the Unix epoch.
    pub expires_at: u64,
    /// When the lock of an execution in progress ends, in milliseconds since the Unix epoch.
    ///
    /// Without it, the lock ends when the record expires.
    pub locked_until: Option<u64>,
    /// The execution that owns the record. Other implementations of Powertools write none.
    pub token: Option<Token>,
    /// The status that the key had when this execution began; `InProgress` if it took over from another one.
    pub previous: Option<Status>,
    /// The answer of completed work as JSON; `None` if it could not be recorded.
    pub answer: Option<String>,
    /// The hash of the payload, if the key has one.
    pub payload_hash: Option<String>,
}

impl Record {
    /// Creates a record; the other fields can be set.
    pub fn new(status: Status, expires_at: u64) -> Self {
        Self {
            status,
            expires_at,
            locked_until: None,
            token: None,
            previous: None,
            answer: None,
            payload_hash: None,
        }
    }

    /// Returns whether another execution may begin: the record has expired, or it is in progress and its lock has ended.
    ///
    /// At either time itself, the record is still valid. `now` is in milliseconds. This is the condition of all implementations
    /// of Powertools.
    pub fn is_over(&self, now: u64) -> bool {
        let lock_has_ended = self.locked_until.is_some_and(|until| until < now);
        self.expires_at < now / 1_000 || (self.status == Status::InProgress && lock_has_ended)
    }

    pub(crate) fn is_owned_by(&self, token: &Token) -> bool {
        self.token.as_ref() == Some(token)
    }
}

impl fmt::Debug for Record {
    /// Leaves the answer out, because it may be personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("status", &self.status)
            .field("expires_at", &self.expires_at)
            .field("locked_until", &self.locked_until)
            .field("token", &self.token)
            .field("previous", &self.previous)
            .finish_non_exhaustive()
    }
}
