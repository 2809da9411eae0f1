//! How many there are of each product in all carts.

use lambda_runtime::Error;
use powertools_lambda::batch::Change;
use powertools_lambda::core::Clock;
use serde::{Deserialize, Serialize};
use std::time::UNIX_EPOCH;
use tracing::instrument;

use crate::cart::PRODUCT_PREFIX;
use crate::product::ProductId;
use crate::table::{Attempts, Commit, Expected, Key, Table, Write};

/// How long it is remembered that a change was counted, in seconds: a stream delivers it again for one day at most.
const MARK_SECONDS: u64 = 2 * 24 * 60 * 60;

const QUANTITY: &str = "quantity";

/// How many there are of each product in all carts, counted change by change.
///
/// A stream delivers a change at least once. The change's id is written in the transaction that counts it, if it is not
/// there yet; so what is delivered again, or sent again because an answer was lost, is not counted again, and in which
/// order changes come does not matter.
#[derive(Clone, Debug)]
pub struct Totals<T> {
    table: T,
    clock: Clock,
}

/// What of an item counts, whatever kind of item it is.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
pub struct Counted {
    /// The sort key.
    sk: String,
    /// How many there are, in a product's row.
    #[serde(default)]
    quantity: i64,
}

/// By how much the total of a product changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delta {
    /// The product.
    pub product_id: ProductId,
    /// By how much; never zero.
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
    /// Returns by how much a change of an item changes a total, if it does.
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

    /// Counts a change; returns whether it was not counted before.
    ///
    /// # Errors
    ///
    /// When the table cannot be written.
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
        loop {
            attempts.next().await?;
            match self.table.commit(vec![mark.clone(), add.clone()]).await? {
                Commit::Done => return Ok(true),
                Commit::Unexpected(_) => return Ok(false),
                Commit::Conflict => {}
            }
        }
    }

    /// Returns how many there are of a product in all carts.
    ///
    /// # Errors
    ///
    /// When the table cannot be read.
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
