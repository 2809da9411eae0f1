//! What can go wrong when the product service is asked.

use reqwest::StatusCode;

/// The service did not give the answer it should have given.
#[derive(Debug, thiserror::Error)]
pub enum ProductServiceError {
    /// It answered with another status.
    #[error("the product service answered {0}")]
    Status(StatusCode),
    /// It answered with something that is no product.
    #[error("the product service's answer is no product")]
    Product(#[source] serde_json::Error),
    /// It did not answer, or not in time.
    #[error("the product service does not answer")]
    Unreachable(#[source] reqwest_middleware::Error),
}
