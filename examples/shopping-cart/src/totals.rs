//! [`Totals`]: the quantity of each product in all carts.

use std::time::UNIX_EPOCH;

use lambda_runtime::Error;
use powertools_lambda::batch::dynamodb::Change;
use powertools_lambda::core::Clock;
use serde::{Deserialize, Serialize};
use tracing::{instrument, warn};

use crate::cart::PRODUCT_PREFIX;
use crate::product::ProductId;
use crate::table::{Attempts, Commit, Expected, Key, Table, Write};

/// How long the mark of a counted change is kept, in seconds. A stream redelivers a change for at most one day.
const MARK_SECONDS: u64 = 2 * 24 * 60 * 60;

/// How often a change is retried after the SDK has given up.
const MORE_ATTEMPTS: u32 = 2;

const QUANTITY: &str = "quantity";

/// The quantity of each product in all carts, updated with each change.
///
/// A stream delivers a change at least once. The transaction that counts a change also writes its id, on the condition
/// that the id does not exist yet. So a change that is redelivered, or repeated because an answer was lost, is not
/// counted again, and the order of changes does not matter.
#[derive(Clone, Debug)]
pub struct Totals<T> {
    table: T,
    clock: Clock,
}

/// The fields of an item that are needed for counting, for any kind of item.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
pub struct Counted {
    /// The sort key.
    sk: String,
    /// The quantity, in a product's row.
    #[serde(default)]
    quantity: i64,
}

/// A change of a product's total.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delta {
    /// The product.
    pub product_id: ProductId,
    /// The difference, which is never zero.
    pub by: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Mark {
    pk: String,
    expiration_time: u64,
}

#[derive(Deserialize)]
struct Total {
    quantity: i64,
}

impl Delta {
    /// Returns the change of a total that a change of an item causes, if any.
    pub fn of(change: &Change<Counted>) -> Option<Self> {
        let item = change.new.as_ref().or(change.old.as_ref())?;
        let product_id = item.sk.strip_prefix(PRODUCT_PREFIX)?.parse().ok()?;
        let quantity = |side: &Option<Counted>| side.as_ref().map_or(0, |item| item.quantity);
        let by = quantity(&change.new) - quantity(&change.old);
        (by != 0).then_some(Self { product_id, by })
    }
}

impl<T: Table> Totals<T> {
    /// Creates a handle on the totals in `table`, which has no sort key.
    pub fn new(table: T, clock: Clock) -> Self {
        Self { table, clock }
    }

    /// Counts a change, and returns whether it had not been counted before.
    ///
    /// # Errors
    ///
    /// If the table cannot be written.
    #[instrument(skip_all, fields(product_id = delta.product_id.as_str(), by = delta.by))]
    pub async fn count(&self, event_id: &str, delta: &Delta) -> Result<bool, Error> {
        let now = self.clock.now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mark = Mark {
            pk: format!("event#{event_id}"),
            expiration_time: now.as_secs() + MARK_SECONDS,
        };
        let mark = Write::Put {
            item: serde_dynamo::to_item(mark)?,
            expected: Expected::Absent,
        };
        let add = Write::Add {
            key: key_of(&delta.product_id),
            attribute: QUANTITY,
            delta: delta.by,
        };
        let mut attempts = Attempts::new();
        let mut failures = 0;
        loop {
            attempts.next().await?;
            match self.table.commit(vec![mark.clone(), add.clone()]).await {
                Ok(Commit::Done) => return Ok(true),
                Ok(Commit::Unexpected(_)) => return Ok(false),
                Ok(Commit::Conflict) => {}
                // The SDK has given up. But one failed change stops the whole shard, and the mark makes it safe to
                // retry.
                Err(error) if failures < MORE_ATTEMPTS => {
                    failures += 1;
                    warn!(
                        error = &*error as &dyn std::error::Error,
                        "change not counted, retrying"
                    );
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Returns the quantity of a product in all carts.
    ///
    /// # Errors
    ///
    /// If the table cannot be read.
    #[instrument(skip_all, fields(product_id = id.as_str()))]
    pub async fn of(&self, id: &ProductId) -> Result<i64, Error> {
        let Some(item) = self.table.get(&key_of(id)).await? else {
            return Ok(0);
        };
        let total: Total = serde_dynamo::from_item(item)?;
        Ok(total.quantity)
    }
}

fn key_of(id: &ProductId) -> Key {
    Key {
        partition: format!("{PRODUCT_PREFIX}{id}"),
        sort: None,
    }
}

#[cfg(test)]
impl<T> Totals<T> {
    pub(crate) fn table(&self) -> &T {
        &self.table
    }
}

#[cfg(test)]
mod tests {
    use powertools_lambda::test_util::TestEnvironment;
    use serde_json::json;

    use super::*;
    use crate::table::memory::{Fault, MemoryTable};

    fn delta(old: Option<i64>, new: Option<i64>) -> Option<i64> {
        let side = |quantity: i64| Counted {
            sk: "product#honey".to_owned(),
            quantity,
        };
        let change = Change {
            old: old.map(side),
            new: new.map(side),
        };
        Delta::of(&change).map(|delta| delta.by)
    }

    #[test]
    fn the_difference_is_counted() {
        assert_eq!(delta(None, Some(3)), Some(3));
        assert_eq!(delta(Some(3), Some(1)), Some(-2));
        assert_eq!(delta(Some(1), None), Some(-1));
        // A row whose expiry is extended, and one that is removed after it was emptied.
        assert_eq!(delta(Some(3), Some(3)), None);
        assert_eq!(delta(Some(0), None), None);
        assert_eq!(delta(None, None), None);
    }

    #[test]
    fn orders_and_receipts_do_not_count() {
        for sk in ["order#1", "request#1", "product#", "product#no id"] {
            let item = Counted {
                sk: sk.to_owned(),
                quantity: 3,
            };
            let change = Change {
                old: None,
                new: Some(item),
            };
            assert_eq!(Delta::of(&change), None, "{sk}");
        }
        let order = json!({"pk": {"S": "user#a"}, "sk": {"S": "order#1"}, "total": {"N": "7"}});
        let order: serde_dynamo::Item = serde_json::from_value(order).unwrap();
        let order: Counted = serde_dynamo::from_item(order).unwrap();
        assert_eq!(order.quantity, 0);
    }

    #[tokio::test]
    async fn a_redelivered_change_is_not_counted_again() {
        let environment = TestEnvironment::new();
        let totals = Totals::new(MemoryTable::default(), environment.environment().clock().clone());
        let honey = Delta {
            product_id: "honey".parse().unwrap(),
            by: 3,
        };
        assert!(totals.count("e-1", &honey).await.unwrap());
        assert!(!totals.count("e-1", &honey).await.unwrap());
        assert!(totals.count("e-2", &honey).await.unwrap());
        assert_eq!(totals.of(&honey.product_id).await.unwrap(), 6);

        // The answer is lost, and the stream redelivers the change.
        totals.table.fail(vec![Fault::AnswerLost; 3]);
        totals.count("e-3", &honey).await.unwrap_err();
        assert!(!totals.count("e-3", &honey).await.unwrap());
        assert_eq!(totals.of(&honey.product_id).await.unwrap(), 9);
        totals.table.fail(vec![Fault::AnswerLost, Fault::Conflict, Fault::Lost]);
        assert!(
            !totals.count("e-4", &honey).await.unwrap(),
            "the third attempt finds the mark of the second"
        );
        assert_eq!(totals.of(&honey.product_id).await.unwrap(), 12);
        assert_eq!(totals.of(&"coffee".parse().unwrap()).await.unwrap(), 0);
    }
}
