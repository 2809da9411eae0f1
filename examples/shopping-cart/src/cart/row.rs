//! A product in a cart, as it stands in the table.

use lambda_runtime::Error;
use serde::{Deserialize, Serialize};

use crate::product::{Product, ProductId};
use crate::table::{Expected, Key, Write};

/// What the sort keys of products in a cart begin with.
pub(crate) const PRODUCT_PREFIX: &str = "product#";

/// A product in a cart, as it stands in the table.
///
/// There is a row as long as there is at least one of the product; but for rows without any that a migration leaves
/// behind, until the queue's worker comes to them.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    pub(crate) pk: String,
    pub(crate) sk: String,
    /// How many there are.
    pub quantity: u64,
    /// What it is.
    pub product_detail: Product,
    /// When DynamoDB deletes it, in seconds since the epoch.
    pub expiration_time: u64,
    /// What the latest write of the row made up.
    pub revision: String,
}

impl Row {
    /// Returns how many there are at the time `now`: DynamoDB may take days to delete what has expired.
    pub(super) fn quantity_at(&self, now: u64) -> u64 {
        if self.expiration_time > now { self.quantity } else { 0 }
    }

    /// Makes the write that puts it where `old` stands, and nobody has written since.
    pub(super) fn put_over(&self, old: Option<&Self>) -> Result<Write, Error> {
        Ok(Write::Put {
            item: serde_dynamo::to_item(self)?,
            expected: old.map_or(Expected::Absent, |old| Expected::Revision(old.revision.clone())),
        })
    }

    /// Makes the write that deletes it, if nobody has written it since.
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
