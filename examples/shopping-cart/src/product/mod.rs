//! What there is to buy.

pub mod catalogue;
mod client;
mod error;
mod id;

use serde::{Deserialize, Serialize};

pub(crate) use client::CORRELATION_HEADER;
pub use client::Products;
pub use error::ProductServiceError;
pub use id::{InvalidProductId, ProductId};

/// A product, as the product service tells of it and as it stands in a cart.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    /// Its id.
    pub product_id: ProductId,
    /// What it is called.
    pub name: String,
    /// What kind of thing it is.
    pub category: String,
    /// What one costs, in cents.
    pub price: u64,
}
