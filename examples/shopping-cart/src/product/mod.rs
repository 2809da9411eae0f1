//! The products, and the product service.

pub mod catalogue;
mod client;
mod error;
mod id;

use serde::{Deserialize, Serialize};

pub(crate) use client::CORRELATION_HEADER;
pub use client::Products;
#[cfg(test)]
pub(crate) use client::TIMEOUT;
pub use error::ProductServiceError;
pub use id::{InvalidProductId, ProductId};

/// A product, as returned by the product service and stored in a cart.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    /// Its id.
    pub product_id: ProductId,
    /// Its name.
    pub name: String,
    /// Its category.
    pub category: String,
    /// Its price, in cents.
    pub price: u64,
}
