//! [`Row`]: a product in a cart, as an item of the table.

use lambda_runtime::Error;
use serde::{Deserialize, Serialize};

use crate::product::{Product, ProductId};
use crate::table::{Expected, Key, Write};

/// The prefix of the sort keys of products in a cart.
pub(crate) const PRODUCT_PREFIX: &str = "product#";

/// A product in a cart, as an item of the table.
///
/// A row exists only while its quantity is at least one, except for empty rows that a migration leaves until the
/// queue's worker removes them.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    pub(crate) pk: String,
    pub(crate) sk: String,
    /// The quantity.
    pub quantity: u64,
    /// The product.
    pub product_detail: Product,
    /// When DynamoDB deletes it, in seconds since the epoch.
    pub expiration_time: u64,
    /// The random text from the latest write of the row.
    pub revision: String,
}

impl Row {
    /// Returns the quantity at the time `now`, because DynamoDB may take days to delete expired rows.
    pub(super) fn quantity_at(&self, now: u64) -> u64 {
        if self.expiration_time > now { self.quantity } else { 0 }
    }

    /// Creates the write that replaces `old` with this row, if `old` has not been written since.
    pub(super) fn put_over(&self, old: Option<&Self>) -> Result<Write, Error> {
        Ok(Write::Put {
            item: serde_dynamo::to_item(self)?,
            expected: old.map_or(Expected::Absent, |old| Expected::Revision(old.revision.clone())),
        })
    }

    /// Creates the write that deletes this row, if it has not been written since.
    pub(super) fn delete(&self) -> Write {
        let key = Key {
            partition: self.pk.clone(),
            sort: Some(self.sk.clone()),
        };
        let revision = self.revision.clone();
        Write::Delete { key, revision }
    }
}

/// Returns the key of a product in a cart.
pub(super) fn key_of(partition: &str, product: &ProductId) -> Key {
    Key {
        partition: partition.to_owned(),
        sort: Some(format!("{PRODUCT_PREFIX}{product}")),
    }
}
