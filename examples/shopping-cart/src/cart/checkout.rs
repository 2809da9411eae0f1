//! Checks out a cart.

use lambda_runtime::Error;
use serde::{Deserialize, Serialize};
use tracing::{debug, instrument};
use uuid::Uuid;

use super::{Carts, Listing};
use crate::access::Owner;
use crate::api::{Refusal, RequestKey};
use crate::table::{Attempts, Commit, Expected, Table, Write};

/// The maximum number of products in an order: a transaction has up to 100 writes, of which two are the order and the
/// receipt.
const MAX_PRODUCTS: usize = 98;

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
    /// # Errors
    ///
    /// A [`Refusal`] if the cart is empty or has too much; another error if the table cannot be read or written.
    #[instrument(skip_all)]
    pub async fn check_out(&self, owner: &Owner, key: Option<&RequestKey>) -> Result<Order, Error> {
        const REQUEST: &str = "checkout";
        let partition = owner.partition();
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
                let order = self.receipt(&partition, key, REQUEST).await?;
                return order.ok_or_else(|| refusal.into());
            }
            let order = Order {
                order_id: Uuid::new_v4().to_string(),
                listing: Listing::of(&rows, now),
            };
            let row = OrderRow {
                pk: &partition,
                sk: format!("{PREFIX}{}", order.order_id),
                ordered_at: now,
                listing: &order.listing,
            };
            let ordered = Write::Put {
                item: serde_dynamo::to_item(row)?,
                expected: Expected::Absent,
            };
            let receipt = self.write_receipt(&partition, key, REQUEST, &order)?;
            let deletions = rows.iter().map(super::Row::delete);
            let writes = [ordered].into_iter().chain(receipt).chain(deletions);
            match self.table.commit(writes.collect()).await? {
                Commit::Done => return Ok(order),
                Commit::Unexpected(_) => {
                    if let Some(order) = self.receipt(&partition, key, REQUEST).await? {
                        return Ok(order);
                    }
                }
                Commit::Conflict => {}
            }
            debug!("somebody else changed the cart at the same time");
        }
    }
}
