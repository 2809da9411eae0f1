//! [`ProductServiceError`]: errors of calls to the product service.

use reqwest::StatusCode;

/// A failed call to the product service.
#[derive(Debug, thiserror::Error)]
pub enum ProductServiceError {
    /// It responded with an unexpected status.
    #[error("the product service responded with {0}")]
    Status(StatusCode),
    /// Its response is not a product.
    #[error("the product service's response is not a product")]
    Product(#[source] serde_json::Error),
    /// It did not respond in time.
    #[error("the product service does not respond")]
    Unreachable(#[source] reqwest_middleware::Error),
}
