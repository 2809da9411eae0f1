//! [`Table`]: conditional writes, several in one transaction.

mod dynamodb;
#[cfg(any(test, feature = "test-util"))]
mod memory;
mod row;

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use lambda_runtime::Error;
use uuid::Uuid;

pub use dynamodb::DynamoDbTable;
#[cfg(any(test, feature = "test-util"))]
pub use memory::MemoryTable;
pub use row::Row;

/// An item in DynamoDB's format.
pub type Item = HashMap<String, AttributeValue>;

/// A table whose writes are conditional on the revisions that were read.
pub trait Table: Send + Sync + 'static {
    /// Reads an item, as of now.
    fn get(&self, key: &Key) -> impl Future<Output = Result<Option<Item>, Error>> + Send;

    /// Reads the items of a partition whose sort keys are less than `below`, as of now.
    fn query(&self, partition: &str, below: &str) -> impl Future<Output = Result<Vec<Item>, Error>> + Send;

    /// Executes all writes, or none if one of their conditions is not met.
    fn commit(&self, writes: Vec<Write>) -> impl Future<Output = Result<Commit, Error>> + Send;
}

/// An item's key, `pk` and `sk`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(pub String, pub String);

/// One write of a transaction.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// Puts an item, with its key and its new revision. The item that it replaces must have this revision; with `None`, there
    /// must be none.
    Put(Item, Option<String>),
    /// Deletes an item, if it has this revision.
    Delete(Key, String),
    /// Deletes an item, if there is one.
    Remove(Key),
}

/// The outcome of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commit {
    /// All writes took effect.
    Done,
    /// No write took effect, because another change came first. Read again.
    Overtaken,
}

/// The attempts of an operation whose transaction was overtaken.
#[derive(Debug, Default)]
pub(crate) struct Attempts(u32);

/// Others changed the same items in every attempt.
#[derive(Debug, thiserror::Error)]
#[error("the items were changed by others in each of {ATTEMPTS} attempts")]
pub struct Contended;

const ATTEMPTS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(if cfg!(test) { 0 } else { 10 });

impl Attempts {
    /// Returns immediately the first time, then after increasing pauses of random lengths.
    pub(crate) async fn next(&mut self) -> Result<(), Contended> {
        if self.0 == ATTEMPTS {
            return Err(Contended);
        }
        if self.0 > 0 {
            let longest = PAUSE * (1 << (self.0 - 1).min(5));
            tokio::time::sleep(longest * u32::from(Uuid::new_v4().as_bytes()[0]) / 255).await;
        }
        self.0 += 1;
        Ok(())
    }
}
