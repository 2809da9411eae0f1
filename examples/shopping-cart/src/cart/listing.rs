//! What is in a cart, as a shopper sees it.

use serde::{Deserialize, Serialize};

use super::Row;
use crate::product::{Product, ProductId};

/// What is in a cart.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Listing {
    /// Product by product, in order of their ids.
    pub items: Vec<Line>,
    /// What it costs in all, in cents.
    pub total: u64,
}

/// How many there are of a product.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// The product's id.
    pub product_id: ProductId,
    /// How many.
    pub quantity: u64,
    /// What it is.
    pub product: Product,
}

impl Listing {
    /// Lists rows; what has expired at the time `now`, and what is none, is not in the cart.
    pub(super) fn of(rows: &[Row], now: u64) -> Self {
        let items: Vec<_> = rows
            .iter()
            .filter(|row| row.quantity_at(now) > 0)
            .map(|row| Line {
                product_id: row.product_detail.product_id.clone(),
                quantity: row.quantity,
                product: row.product_detail.clone(),
            })
            .collect();
        let prices = items
            .iter()
            .map(|line| line.quantity.saturating_mul(line.product.price));
        let total = prices.fold(0, u64::saturating_add);
        Self { items, total }
    }
}
