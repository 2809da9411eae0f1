//! [`ProductServiceError`]: errors of calls to the product service.

use reqwest::StatusCode;

/// A failed call to the product service.
#[derive(Debug, thiserror::Error)]
pub enum ProductServiceError {
    /// It answered with an unexpected status.
    #[error("the product service answered {0}")]
    Status(StatusCode),
    /// Its answer is not a product.
    #[error("the product service's answer is no product")]
    Product(#[source] serde_json::Error),
    /// It did not answer in time.
    #[error("the product service does not answer")]
    Unreachable(#[source] reqwest_middleware::Error),
}
