//! [`Table`]: conditional writes, several in one transaction.

mod dynamodb;
#[cfg(any(test, feature = "test-util"))]
pub(crate) mod memory;

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use lambda_runtime::Error;
use uuid::Uuid;

pub use dynamodb::DynamoDbTable;

use crate::api::Refusal;

/// An item in DynamoDB's format.
pub type Item = HashMap<String, AttributeValue>;

/// The attribute that each write of an item sets to a new unique value.
pub const REVISION: &str = "revision";

/// A table that supports several conditional writes in one transaction.
///
/// A transaction takes effect once, even if calls are interrupted: repeating a call whose answer was lost changes
/// nothing. After an error, it is not known whether the writes took effect.
pub trait Table: Send + Sync + 'static {
    /// Reads an item, as of now.
    fn get(&self, key: &Key) -> impl Future<Output = Result<Option<Item>, Error>> + Send;

    /// Reads all items of a partition whose sort key begins with `prefix`, as of now.
    fn query(&self, partition: &str, prefix: &str) -> impl Future<Output = Result<Vec<Item>, Error>> + Send;

    /// Executes all writes, or none if one of their conditions is not met.
    fn commit(&self, writes: Vec<Write>) -> impl Future<Output = Result<Commit, Error>> + Send;
}

/// An item's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The partition, `pk`.
    pub partition: String,
    /// The sort key, `sk`, in a table that has one.
    pub sort: Option<String>,
}

/// One write of a transaction.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// Puts an item, including its key.
    Put {
        /// The item.
        item: Item,
        /// The required previous content.
        expected: Expected,
    },
    /// Deletes an item.
    Delete {
        /// The item's key.
        key: Key,
        /// The required previous revision.
        revision: String,
    },
    /// Adds to a number in an item, which starts at zero.
    Add {
        /// The item's key.
        key: Key,
        /// The number.
        attribute: &'static str,
        /// The amount to add.
        delta: i64,
    },
}

/// The required content before a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// No item.
    Absent,
    /// The item as a previous write left it.
    Revision(String),
}

/// The outcome of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Commit {
    /// All writes took effect.
    Done,
    /// No write took effect, because the conditions of these writes, by index, were not met.
    Unexpected(Vec<usize>),
    /// No write took effect, because another transaction used the same items.
    Conflict,
}

/// Returns a new unique text.
pub(crate) fn new_revision() -> String {
    Uuid::new_v4().simple().to_string()
}

/// How often an operation is tried if others change the same items.
const ATTEMPTS: u32 = 10;

/// The maximum pause before the second attempt. It doubles up to the seventh.
const PAUSE: Duration = Duration::from_millis(if cfg!(test) { 0 } else { 10 });

/// The attempts of an operation.
pub(crate) struct Attempts(u32);

impl Attempts {
    pub(crate) fn new() -> Self {
        Self(0)
    }

    /// Returns immediately the first time, then after increasing pauses.
    ///
    /// # Errors
    ///
    /// [`Refusal::Contended`] after the last attempt.
    pub(crate) async fn next(&mut self) -> Result<(), Refusal> {
        if self.0 == ATTEMPTS {
            return Err(Refusal::Contended);
        }
        if self.0 > 0 && !PAUSE.is_zero() {
            // A random pause up to the maximum, so that colliding operations do not collide again.
            let longest = PAUSE * (1 << (self.0 - 1).min(5));
            let by_chance = u32::from(Uuid::new_v4().as_bytes()[0]);
            tokio::time::sleep(longest * by_chance / 255).await;
        }
        self.0 += 1;
        Ok(())
    }
}
