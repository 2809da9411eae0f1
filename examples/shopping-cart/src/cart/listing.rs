//! [`Listing`]: the contents of a cart for a shopper.

use serde::{Deserialize, Serialize};

use super::Row;
use crate::product::{Product, ProductId};

/// The contents of a cart.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Listing {
    /// The products, sorted by id.
    pub items: Vec<Line>,
    /// The total price, in cents.
    pub total: u64,
}

/// A product with its quantity.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// The product's id.
    pub product_id: ProductId,
    /// The quantity.
    pub quantity: u64,
    /// The product.
    pub product: Product,
}

impl Listing {
    /// Lists rows, without those that are empty or have expired at the time `now`.
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
