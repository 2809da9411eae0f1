//! [`MemoryStore`], a store for tests.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::store::{Begin, Claim, Complete, Completion, Release, Store, StoreFuture};
use crate::{Record, Status, Token};

/// A store in memory, for tests. Clones share the records.
///
/// Not for functions: each environment would have its own records, and a duplicate usually comes to another environment.
///
/// ```
/// use powertools_lambda_idempotency::{Idempotency, IdempotencyError, MemoryStore};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), IdempotencyError> {
/// let store = MemoryStore::new();
/// let idempotency = Idempotency::new(store.clone(), "payment");
/// for _ in 0..2 {
///     let receipt: u32 = idempotency.run("order-7", || async { Ok::<_, IdempotencyError>(42) }).await?;
///     assert_eq!(receipt, 42);
/// }
/// assert_eq!(store.records().len(), 1);
/// # Ok(()) }
/// ```
#[derive(Clone, Default)]
pub struct MemoryStore(Arc<Mutex<HashMap<String, Record>>>);

impl MemoryStore {
    /// Creates an empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns all records with their keys, sorted by key.
    pub fn records(&self) -> Vec<(String, Record)> {
        let mut records: Vec<_> = self.map().clone().into_iter().collect();
        records.sort_by(|a, b| a.0.cmp(&b.0));
        records
    }

    /// Adds or replaces a record, such as one of another implementation.
    pub fn put(&self, key: impl Into<String>, record: Record) {
        self.map().insert(key.into(), record);
    }

    /// Removes a record, as when it was deleted after it expired.
    pub fn remove(&self, key: &str) {
        self.map().remove(key);
    }

    fn map(&self) -> MutexGuard<'_, HashMap<String, Record>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin_now(&self, claim: &Claim<'_>) -> Begin {
        let mut map = self.map();
        let previous = match map.get(claim.key) {
            Some(record) if !record.is_over(claim.now) => return Begin::Exists(record.clone()),
            previous => previous.map(|record| record.status),
        };
        let record = Record {
            locked_until: Some(claim.locked_until),
            token: Some(claim.token.clone()),
            previous,
            payload_hash: claim.payload_hash.map(str::to_owned),
            ..Record::new(Status::InProgress, claim.expires_at)
        };
        map.insert(claim.key.to_owned(), record);
        Begin::acquired(previous == Some(Status::InProgress))
    }

    fn complete_now(&self, completion: &Completion<'_>) -> Complete {
        let mut map = self.map();
        match map.get_mut(completion.key) {
            Some(record) if is_in_progress_with(record, completion.token) => {
                record.status = Status::Completed;
                record.expires_at = completion.expires_at;
                record.answer = completion.answer.map(str::to_owned);
                record.payload_hash = completion.payload_hash.map(str::to_owned);
                Complete::Done
            }
            record => Complete::Lost(record.map(|record| record.clone())),
        }
    }

    /// Deletes a record in progress with the token, if it also fulfils `condition`.
    fn delete_if(&self, key: &str, token: &Token, condition: impl Fn(&Record) -> bool) -> Release {
        let mut map = self.map();
        let record = map.get(key);
        if record.is_some_and(|record| is_in_progress_with(record, token) && condition(record)) {
            map.remove(key);
            Release::Done
        } else {
            Release::Lost
        }
    }
}

impl Store for MemoryStore {
    fn name(&self) -> &'static str {
        "a store in memory"
    }

    fn begin<'a>(&'a self, claim: &'a Claim<'a>) -> StoreFuture<'a, Begin> {
        Box::pin(async move { Ok(self.begin_now(claim)) })
    }

    fn complete<'a>(&'a self, completion: &'a Completion<'a>) -> StoreFuture<'a, Complete> {
        Box::pin(async move { Ok(self.complete_now(completion)) })
    }

    fn release<'a>(&'a self, key: &'a str, token: &'a Token) -> StoreFuture<'a, Release> {
        Box::pin(async move { Ok(self.delete_if(key, token, |_| true)) })
    }

    fn withdraw<'a>(&'a self, key: &'a str, token: &'a Token) -> StoreFuture<'a, Release> {
        Box::pin(async move { Ok(self.delete_if(key, token, |record| record.previous.is_none())) })
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.records()).finish()
    }
}

fn is_in_progress_with(record: &Record, token: &Token) -> bool {
    record.status == Status::InProgress && record.is_owned_by(token)
}
