//! Conditional writes, many in one transaction.

mod dynamodb;
#[cfg(test)]
pub(crate) mod memory;

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use lambda_runtime::Error;
use uuid::Uuid;

pub use dynamodb::DynamoDbTable;

use crate::api::Refusal;

/// An item as DynamoDB has it.
pub type Item = HashMap<String, AttributeValue>;

/// The attribute that each write of an item changes to a value that was never there before.
pub const REVISION: &str = "revision";

/// A table that takes several conditional writes as one.
///
/// What is committed is committed once, however often the way there is interrupted: a call whose answer was lost and
/// that is made again changes nothing. An error says that it is not known whether the writes were done.
pub trait Table: Send + Sync + 'static {
    /// Reads an item, as of now.
    fn get(&self, key: &Key) -> impl Future<Output = Result<Option<Item>, Error>> + Send;

    /// Reads all items of a partition whose sort key begins with `prefix`, as of now.
    fn query(&self, partition: &str, prefix: &str) -> impl Future<Output = Result<Vec<Item>, Error>> + Send;

    /// Does all of the writes or, where one is not as expected, none.
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
    /// Puts an item, its key included.
    Put {
        /// The item.
        item: Item,
        /// What has to be there before.
        expected: Expected,
    },
    /// Deletes an item.
    Delete {
        /// The item's key.
        key: Key,
        /// Which revision has to be there before.
        revision: String,
    },
    /// Adds to a number of an item, which begins at zero.
    Add {
        /// The item's key.
        key: Key,
        /// The number.
        attribute: &'static str,
        /// What is added.
        delta: i64,
    },
}

/// What has to be there before a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Nothing.
    Absent,
    /// The item, as that write of it left it.
    Revision(String),
}

/// What became of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Commit {
    /// All of it was done.
    Done,
    /// Nothing was done: these writes, by their place, did not find what they expected.
    Unexpected(Vec<usize>),
    /// Nothing was done: another transaction was at the same items.
    Conflict,
}

/// Makes a text that was never there before.
pub(crate) fn new_revision() -> String {
    Uuid::new_v4().simple().to_string()
}

/// How often an operation is begun anew when others change the same items.
const ATTEMPTS: u32 = 10;

/// Tries an operation until it comes to an end.
pub(crate) struct Attempts(u32);

impl Attempts {
    pub(crate) fn new() -> Self {
        Self(0)
    }

    /// Returns at once the first time; then after a pause that is longer each time.
    ///
    /// # Errors
    ///
    /// [`Refusal::Contended`] when there were enough.
    pub(crate) async fn next(&mut self) -> Result<(), Refusal> {
        if self.0 == ATTEMPTS {
            return Err(Refusal::Contended);
        }
        if self.0 > 0 {
            // Whoever collided is not to collide again: any time up to 10, 20, … 320 ms.
            let longest = 10 << self.0.min(6).saturating_sub(1);
            let by_chance = Uuid::new_v4().as_u128() % longest;
            tokio::time::sleep(Duration::from_millis(u64::try_from(by_chance).unwrap_or(0))).await;
        }
        self.0 += 1;
        Ok(())
    }
}
