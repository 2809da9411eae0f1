//! [`Store`], which keeps the records, with its requests and answers.

use std::pin::Pin;

use crate::{Record, StoreError, Token};

/// The future of a store's call.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Keeps the records.
///
/// Each call is one atomic step on one key. A call that is repeated, by a client's retries or by this crate, must not have a
/// second effect: the token shows that it is the same call. A store does not have to recognise the caller's own token; the crate
/// does that with the record in [`Begin::Exists`] and [`Complete::Lost`].
///
/// [`MemoryStore`](crate::MemoryStore) is the shortest implementation. The tests that both stores of this crate pass are in
/// `tests/it/common/suite.rs`.
pub trait Store: Send + Sync {
    /// Returns the store's name for errors, such as `DynamoDB table "idempotency"`.
    fn name(&self) -> &str;

    /// Creates a record in progress for a key, unless there is one that is [not over](Record::is_over) at `claim.now`.
    ///
    /// Removes everything of the previous record but its status.
    fn begin<'a>(&'a self, claim: &'a Claim<'a>) -> StoreFuture<'a, Begin>;

    /// Completes a record in progress if it has the token, and leaves any other as it is.
    fn complete<'a>(&'a self, completion: &'a Completion<'a>) -> StoreFuture<'a, Complete>;

    /// Deletes a record in progress if it has the token, and leaves any other as it is.
    fn release<'a>(&'a self, key: &'a str, token: &'a Token) -> StoreFuture<'a, Release>;

    /// Deletes a record in progress if it has the token and is the first of its key, and leaves any other as it is.
    ///
    /// Called if a begin was not answered. A record that replaced another one stays, because a deleted one would not tell the
    /// next execution that it takes over. Default: leaves the record, whose lock ends by itself.
    fn withdraw<'a>(&'a self, key: &'a str, token: &'a Token) -> StoreFuture<'a, Release> {
        let _ = (key, token);
        Box::pin(async { Ok(Release::Lost) })
    }
}

/// A request to begin the work of a key.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Claim<'a> {
    /// The key: a prefix, `#` and a hash.
    pub key: &'a str,
    /// The execution that begins.
    pub token: &'a Token,
    /// The time, in milliseconds since the Unix epoch.
    pub now: u64,
    /// When the lock ends, in milliseconds since the Unix epoch.
    pub locked_until: u64,
    /// When the record expires, in seconds since the Unix epoch; never before the lock ends.
    pub expires_at: u64,
    /// The hash of the payload, if the key has one.
    pub payload_hash: Option<&'a str>,
}

impl<'a> Claim<'a> {
    /// Creates a claim whose lock and record end at `now`, for tests of a store; the other fields can be set.
    pub fn new(key: &'a str, token: &'a Token, now: u64) -> Self {
        Self {
            key,
            token,
            now,
            locked_until: now,
            expires_at: now / 1_000,
            payload_hash: None,
        }
    }
}

/// The answer to [`Store::begin`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Begin {
    /// The record is this execution's.
    #[non_exhaustive]
    Acquired {
        /// Whether the lock of an execution had ended without an answer.
        taken_over: bool,
    },
    /// There is a valid record.
    Exists(Record),
}

impl Begin {
    /// Creates the answer that the record is this execution's.
    pub const fn acquired(taken_over: bool) -> Self {
        Self::Acquired { taken_over }
    }
}

/// A request to complete the work of a key.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Completion<'a> {
    /// The key.
    pub key: &'a str,
    /// The execution that completes.
    pub token: &'a Token,
    /// When the record expires, in seconds since the Unix epoch.
    pub expires_at: u64,
    /// The answer as JSON; `None` if it could not be written as JSON.
    pub answer: Option<&'a str>,
    /// The hash of the payload, if the key has one.
    pub payload_hash: Option<&'a str>,
}

impl<'a> Completion<'a> {
    /// Creates a completion without an answer, for tests of a store; the other fields can be set.
    pub fn new(key: &'a str, token: &'a Token, expires_at: u64) -> Self {
        Self {
            key,
            token,
            expires_at,
            answer: None,
            payload_hash: None,
        }
    }
}

/// The answer to [`Store::complete`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Complete {
    /// The record is completed.
    Done,
    /// The record is completed without its answer, which is too large for the store.
    DoneWithoutAnswer,
    /// The record is not in progress with this token. This is the record, if there is one.
    Lost(Option<Record>),
}

/// The answer to [`Store::release`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Release {
    /// The record is deleted.
    Done,
    /// There is no record in progress with this token.
    Lost,
}
