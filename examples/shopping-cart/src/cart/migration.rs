//! An anonymous cart, moved into that of the shopper who has signed in.

use lambda_runtime::Error;
use tracing::{debug, instrument};

use super::{Carts, Row};
use crate::access::{CartId, Owner};
use crate::product::ProductId;
use crate::table::{Attempts, Commit, Table, new_revision};

/// What was moved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Migration {
    /// How many products were moved.
    pub moved: usize,
    /// The products whose rows in the anonymous cart have nothing in them any more, and are to be removed.
    pub emptied: Vec<ProductId>,
}

impl<T: Table> Carts<T> {
    /// Moves what is in an anonymous cart into a user's.
    ///
    /// Product by product: in one transaction the one row is emptied and the other filled, so each is moved once, however
    /// often this is begun, interrupted and done again, and whoever changes either cart meanwhile. Rows that were emptied
    /// before are named again, because nobody knows whether their removal was asked for.
    ///
    /// # Errors
    ///
    /// When the table cannot be read or written; what was moved stays moved.
    #[instrument(skip_all)]
    pub async fn migrate(&self, from: CartId, to: &Owner) -> Result<Migration, Error> {
        let from = Owner::Anonymous(from).partition();
        let mut migration = Migration::default();
        for row in self.rows(&from).await? {
            let id = row.product_detail.product_id;
            if self.move_product(&from, to, &id).await? {
                migration.moved += 1;
                migration.emptied.push(id);
            } else if row.quantity == 0 {
                migration.emptied.push(id);
            }
        }
        Ok(migration)
    }

    /// Moves one product; returns whether there was any of it.
    async fn move_product(&self, from: &str, to: &Owner, id: &ProductId) -> Result<bool, Error> {
        let mut attempts = Attempts::new();
        loop {
            attempts.next().await?;
            let Some(row) = self.row(from, id).await? else {
                return Ok(false);
            };
            let now = self.now();
            let quantity = row.quantity_at(now);
            if quantity == 0 {
                return Ok(false);
            }
            let old = self.row(&to.partition(), id).await?;
            let there = old.as_ref().map_or(0, |row| row.quantity_at(now));
            let sum = there.saturating_add(quantity);
            let filled = self.write(to, old.as_ref(), row.product_detail.clone(), sum)?;
            let emptied = Row {
                quantity: 0,
                revision: new_revision(),
                ..row.clone()
            };
            let writes = [emptied.put_over(Some(&row))?].into_iter().chain(filled);
            if self.table.commit(writes.collect()).await? == Commit::Done {
                return Ok(true);
            }
            debug!("somebody else changed one of the carts at the same time");
        }
    }

    /// Removes the row that a migration has left of a product; returns whether it was there.
    ///
    /// A row that has been filled again stays.
    ///
    /// # Errors
    ///
    /// When the table cannot be read or written.
    #[instrument(skip_all, fields(product_id = id.as_str()))]
    pub async fn remove_emptied(&self, cart: CartId, id: &ProductId) -> Result<bool, Error> {
        let partition = Owner::Anonymous(cart).partition();
        let mut attempts = Attempts::new();
        loop {
            attempts.next().await?;
            let row = self.row(&partition, id).await?;
            let Some(row) = row.filter(|row| row.quantity == 0) else {
                return Ok(false);
            };
            if self.table.commit(vec![row.delete()]).await? == Commit::Done {
                return Ok(true);
            }
        }
    }
}
