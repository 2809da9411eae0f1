//! Checks out a cart.

use aws_lc_rs::digest::{SHA256, digest};
use lambda_runtime::Error;
use serde::{Deserialize, Serialize};
use tracing::{debug, instrument};
use uuid::Uuid;

use super::{Carts, Listing};
use crate::access::Owner;
use crate::api::{Refusal, RequestKey};
use crate::table::{Attempts, Commit, Expected, Key, Table, Write};

/// The maximum number of products in an order: a transaction has up to 100 writes, of which one is the order.
const MAX_PRODUCTS: usize = 99;

const PREFIX: &str = "order#";

/// The order of a shopper.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// The order's id.
    pub order_id: String,
    /// The ordered products.
    #[serde(flatten)]
    pub listing: Listing,
}

/// An order in the table.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OrderRow<'a> {
    pk: &'a str,
    sk: String,
    ordered_at: u64,
    #[serde(flatten)]
    listing: &'a Listing,
}

impl<T: Table> Carts<T> {
    /// Orders the contents of a cart and empties it, in one transaction, so that nothing is both ordered and still in
    /// the cart, and nothing is lost.
    ///
    /// The id of the order follows from the owner and `key`. So a request that is called again, because nobody knows how far
    /// it came, finds its order and returns it.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] if the cart is empty or has too much; another error if the table cannot be read or written.
    #[instrument(skip_all)]
    pub async fn check_out(&self, owner: &Owner, key: Option<&RequestKey>) -> Result<Order, Error> {
        let partition = owner.partition();
        let order_id = key.map_or_else(random_id, |key| id_of(&partition, key));
        let mut attempts = Attempts::new();
        loop {
            attempts.next().await?;
            let rows = self.rows(&partition).await?;
            let now = self.now();
            let rows: Vec<_> = rows.into_iter().filter(|row| row.quantity_at(now) > 0).collect();
            let refusal = match rows.len() {
                0 => Some(Refusal::EmptyCart),
                len if len > MAX_PRODUCTS => Some(Refusal::TooManyProducts(MAX_PRODUCTS)),
                _ => None,
            };
            if let Some(refusal) = refusal {
                // The reason may be this very request, if it succeeded before and its answer was lost.
                let order = self.order_of(&partition, key).await?;
                return order.ok_or_else(|| refusal.into());
            }
            let order = Order {
                order_id: order_id.clone(),
                listing: Listing::of(&rows, now),
            };
            let row = OrderRow {
                pk: &partition,
                sk: sort_key(&order_id),
                ordered_at: now,
                listing: &order.listing,
            };
            let ordered = Write::Put {
                item: serde_dynamo::to_item(row)?,
                expected: Expected::Absent,
            };
            let deletions = rows.iter().map(super::Row::delete);
            match self
                .table
                .commit([ordered].into_iter().chain(deletions).collect())
                .await?
            {
                Commit::Done => return Ok(order),
                Commit::Unexpected(_) => {
                    if let Some(order) = self.order_of(&partition, key).await? {
                        return Ok(order);
                    }
                }
                Commit::Conflict => {}
            }
            debug!("somebody else changed the cart at the same time");
        }
    }

    /// Returns the order that a request with this key has made.
    async fn order_of(&self, partition: &str, key: Option<&RequestKey>) -> Result<Option<Order>, Error> {
        let Some(order_id) = key.map(|key| id_of(partition, key)) else {
            return Ok(None);
        };
        let key = Key {
            partition: partition.to_owned(),
            sort: Some(sort_key(&order_id)),
        };
        let Some(item) = self.table.get(&key).await? else {
            return Ok(None);
        };
        let listing = serde_dynamo::from_item(item)?;
        Ok(Some(Order { order_id, listing }))
    }
}

fn sort_key(order_id: &str) -> String {
    format!("{PREFIX}{order_id}")
}

/// Returns the id of the order that the request with this key makes.
fn id_of(partition: &str, key: &RequestKey) -> String {
    // A key has no spaces, so no two pairs have the same text.
    let hash = digest(&SHA256, format!("{} {partition}", key.as_str()).as_bytes());
    let mut id = [0; 16];
    id.copy_from_slice(&hash.as_ref()[..16]);
    uuid::Builder::from_custom_bytes(id).into_uuid().to_string()
}

fn random_id() -> String {
    Uuid::new_v4().to_string()
}
