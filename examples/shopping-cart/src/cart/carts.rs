//! [`Carts`]: the carts, with the operations that change their contents.

use std::time::UNIX_EPOCH;

use lambda_runtime::Error;
use powertools_lambda::core::Clock;
use serde::{Deserialize, Serialize};
use tracing::{debug, instrument};

use super::Listing;
use super::receipt::{self, RECEIPT_SECONDS, Receipt};
use super::row::{self, PRODUCT_PREFIX, Row};
use crate::access::Owner;
use crate::api::{Refusal, RequestKey};
use crate::product::{Product, ProductId};
use crate::table::{Attempts, Commit, Expected, Item, Table, Write, new_revision};

/// The maximum quantity of a product in a cart.
pub const MAX_QUANTITY: u64 = 100_000;

/// The carts of all shoppers.
///
/// Every change of a row is a conditional write: it succeeds only if the row is as it was read, in one transaction with
/// everything that belongs to it; otherwise the operation starts again. So nothing is lost if two requests change a cart
/// concurrently, and nothing takes effect twice if an answer is lost and the request is repeated.
#[derive(Clone, Debug)]
pub struct Carts<T> {
    pub(super) table: T,
    clock: Clock,
}

/// The current quantity of a product.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stock {
    /// The product.
    pub product_id: ProductId,
    /// The quantity.
    pub quantity: u64,
}

impl<T: Table> Carts<T> {
    /// Creates a handle on the carts in `table`.
    pub fn new(table: T, clock: Clock) -> Self {
        Self { table, clock }
    }

    /// Lists the contents of a cart.
    ///
    /// # Errors
    ///
    /// If the table cannot be read.
    #[instrument(skip_all)]
    pub async fn list(&self, owner: &Owner) -> Result<Listing, Error> {
        let rows = self.rows(&owner.partition()).await?;
        Ok(Listing::of(&rows, self.now()))
    }

    /// Adds to the quantity of a product in a cart, or subtracts if `delta` is negative.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] if the quantity would be negative or too large; another error if the table cannot be written.
    #[instrument(skip_all, fields(product_id = product.product_id.as_str(), delta))]
    pub async fn add(
        &self,
        owner: &Owner,
        product: &Product,
        delta: i64,
        key: Option<&RequestKey>,
    ) -> Result<Stock, Error> {
        let id = &product.product_id;
        let request = format!("add {id} {delta}");
        let new = |there: u64, _: Option<&Row>| match there.checked_add_signed(delta) {
            None => Err(Refusal::BelowZero {
                product: id.clone(),
                there,
            }),
            Some(quantity) if quantity > MAX_QUANTITY => Err(Refusal::TooMany(MAX_QUANTITY)),
            Some(quantity) => Ok((product.clone(), quantity)),
        };
        self.change(owner, id, &request, key, new).await
    }

    /// Sets the quantity of a product in a cart; zero removes it.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] if the product is not in the cart or the quantity is too large; another error if the table cannot
    /// be written.
    #[instrument(skip_all, fields(product_id = id.as_str(), quantity))]
    pub async fn set(
        &self,
        owner: &Owner,
        id: &ProductId,
        quantity: u64,
        key: Option<&RequestKey>,
    ) -> Result<Stock, Error> {
        let request = format!("set {id} {quantity}");
        let new = |there: u64, row: Option<&Row>| match row.filter(|_| there > 0) {
            None => Err(Refusal::NotInCart(id.clone())),
            Some(_) if quantity > MAX_QUANTITY => Err(Refusal::TooMany(MAX_QUANTITY)),
            Some(row) => Ok((row.product_detail.clone(), quantity)),
        };
        self.change(owner, id, &request, key, new).await
    }

    /// Writes the quantity that `new` returns for the current one.
    async fn change(
        &self,
        owner: &Owner,
        id: &ProductId,
        request: &str,
        key: Option<&RequestKey>,
        new: impl Fn(u64, Option<&Row>) -> Result<(Product, u64), Refusal>,
    ) -> Result<Stock, Error> {
        let partition = owner.partition();
        let mut attempts = Attempts::new();
        loop {
            attempts.next().await?;
            let row = self.row(&partition, id).await?;
            let now = self.now();
            let there = row.as_ref().map_or(0, |row| row.quantity_at(now));
            let (product, quantity) = match new(there, row.as_ref()) {
                Ok(new) => new,
                // The reason may be this very request, if it succeeded before and its answer was lost.
                Err(refusal) => match self.receipt(&partition, key, request).await? {
                    Some(stock) => return Ok(stock),
                    None => return Err(refusal.into()),
                },
            };
            let stock = Stock {
                product_id: id.clone(),
                quantity,
            };
            let write = self.write(owner, row.as_ref(), product, quantity)?;
            let receipt = self.write_receipt(&partition, key, request, &stock)?;
            let writes = write.into_iter().chain(receipt).collect();
            match self.table.commit(writes).await? {
                Commit::Done => return Ok(stock),
                Commit::Unexpected(_) => {
                    if let Some(stock) = self.receipt(&partition, key, request).await? {
                        return Ok(stock);
                    }
                }
                Commit::Conflict => {}
            }
            debug!("somebody else changed the cart at the same time");
        }
    }

    /// Creates the write that changes the quantity of a product from that of `row` to `quantity`; `None` if there is nothing
    /// to do.
    pub(super) fn write(
        &self,
        owner: &Owner,
        row: Option<&Row>,
        product: Product,
        quantity: u64,
    ) -> Result<Option<Write>, Error> {
        if quantity == 0 {
            return Ok(row.map(Row::delete));
        }
        let key = row::key_of(&owner.partition(), &product.product_id);
        let new = Row {
            pk: key.partition,
            sk: key.sort.unwrap_or_default(),
            quantity,
            product_detail: product,
            expiration_time: self.now() + owner.keeps_seconds(),
            revision: new_revision(),
        };
        new.put_over(row).map(Some)
    }

    /// Returns the answer to a request that succeeded before.
    pub(super) async fn receipt<A: for<'a> Deserialize<'a>>(
        &self,
        partition: &str,
        key: Option<&RequestKey>,
        request: &str,
    ) -> Result<Option<A>, Error> {
        let Some(key) = key else {
            return Ok(None);
        };
        let Some(item) = self.table.get(&receipt::key_of(partition, key)).await? else {
            return Ok(None);
        };
        let receipt: Receipt = serde_dynamo::from_item(item)?;
        receipt.answer(request).map(Some)
    }

    /// Creates the write that stores the answer to a request with a key.
    pub(super) fn write_receipt(
        &self,
        partition: &str,
        key: Option<&RequestKey>,
        request: &str,
        answer: &impl Serialize,
    ) -> Result<Option<Write>, Error> {
        let Some(key) = key else {
            return Ok(None);
        };
        let receipt = Receipt::new(partition, key, request, answer, self.now() + RECEIPT_SECONDS)?;
        Ok(Some(Write::Put {
            item: serde_dynamo::to_item(receipt)?,
            expected: Expected::Absent,
        }))
    }

    /// Returns all rows of a cart, including expired and empty ones.
    pub(super) async fn rows(&self, partition: &str) -> Result<Vec<Row>, Error> {
        let items = self.table.query(partition, PRODUCT_PREFIX).await?;
        Ok(serde_dynamo::from_items(items)?)
    }

    pub(super) async fn row(&self, partition: &str, id: &ProductId) -> Result<Option<Row>, Error> {
        let item: Option<Item> = self.table.get(&row::key_of(partition, id)).await?;
        Ok(item.map(serde_dynamo::from_item).transpose()?)
    }

    /// Returns the time in seconds since the epoch.
    pub(super) fn now(&self) -> u64 {
        let since_epoch = self.clock.now().duration_since(UNIX_EPOCH);
        since_epoch.unwrap_or_default().as_secs()
    }
}
