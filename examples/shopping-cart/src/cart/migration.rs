//! Moves an anonymous cart to the cart of the shopper who has signed in.

use lambda_runtime::Error;
use tracing::{debug, instrument};

use super::{Carts, Row};
use crate::access::{CartId, Owner};
use crate::product::ProductId;
use crate::table::{Attempts, Commit, Table, new_revision};

/// The result of a migration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Migration {
    /// The number of moved products.
    pub moved: usize,
    /// The products whose rows in the anonymous cart are now empty and must be removed.
    pub emptied: Vec<ProductId>,
}

impl<T: Table> Carts<T> {
    /// Moves the contents of an anonymous cart to a user's.
    ///
    /// It moves one product at a time: one transaction empties one row and fills the other, so each product is moved
    /// once, even if the migration is interrupted and repeated, or either cart changes in the meantime. Rows that were
    /// emptied earlier are included again, because it is not known whether their removal was requested.
    ///
    /// # Errors
    ///
    /// If the table cannot be read or written. Moved products stay moved.
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

    /// Moves one product, and returns whether there was any.
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

    /// Removes the empty row that a migration has left, and returns whether it existed.
    ///
    /// A row that has been filled again stays.
    ///
    /// # Errors
    ///
    /// If the table cannot be read or written.
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
