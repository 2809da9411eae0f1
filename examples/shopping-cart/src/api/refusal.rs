//! [`Refusal`]: the reason why a request is rejected.

use http::StatusCode;

use crate::access::TokenError;
use crate::product::{ProductId, ProductServiceError};

/// The reason why a request is rejected: an answer for the shopper, not a failure of the function.
///
/// Any other error is the function's: it is logged, is in the trace, and the shopper gets 500; see [`Failure`](super::Failure).
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The request is invalid.
    #[error("{0}")]
    BadRequest(String),
    /// The request requires a signed-in shopper.
    #[error("sign in first: the header Authorization has no bearer token")]
    NotSignedIn,
    /// The token cannot be trusted.
    #[error("the token is not valid: {0}")]
    InvalidToken(TokenError),
    /// The product does not exist.
    #[error("there is no product {0}")]
    UnknownProduct(ProductId),
    /// The product is not in the cart.
    #[error("product {0} is not in the cart")]
    NotInCart(ProductId),
    /// The quantity of the product in the cart would be negative.
    #[error("the cart has only {there} of product {product}")]
    BelowZero {
        /// The product.
        product: ProductId,
        /// The quantity in the cart.
        there: u64,
    },
    /// The quantity of the product in the cart would be too large.
    #[error("a cart holds at most {0} of a product")]
    TooMany(u64),
    /// The cart is empty, so there is nothing to check out.
    #[error("the cart is empty")]
    EmptyCart,
    /// The order has more products than fit into one transaction.
    #[error("an order has at most {0} products")]
    TooManyProducts(usize),
    /// The idempotency key was used for another request.
    #[error("the Idempotency-Key was used for another request")]
    OtherRequest,
    /// The same request is being handled, or was cut short a moment ago.
    #[error("a request with this Idempotency-Key is in progress, try again")]
    InProgress,
    /// Other requests keep changing the same rows concurrently.
    #[error("other requests are changing the cart, try again")]
    Contended,
    /// The product service fails or does not respond.
    #[error("the product service is unavailable, try again later")]
    ProductService(#[source] ProductServiceError),
}

impl Refusal {
    /// Returns the status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::NotSignedIn | Self::InvalidToken(_) => StatusCode::UNAUTHORIZED,
            Self::UnknownProduct(_) | Self::NotInCart(_) => StatusCode::NOT_FOUND,
            Self::BelowZero { .. } | Self::TooMany(_) | Self::EmptyCart | Self::TooManyProducts(_) => {
                StatusCode::CONFLICT
            }
            Self::OtherRequest => StatusCode::UNPROCESSABLE_ENTITY,
            Self::ProductService(ProductServiceError::Status(_) | ProductServiceError::Product(_)) => {
                StatusCode::BAD_GATEWAY
            }
            // Not 409: the cart's 4xx promises that a request had no effect, and this one may have.
            Self::ProductService(ProductServiceError::Unreachable(_)) | Self::Contended | Self::InProgress => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }

    /// Returns the challenge for a request that requires a token.
    pub(crate) fn challenge(&self) -> Option<&'static str> {
        match self {
            Self::NotSignedIn => Some("Bearer"),
            Self::InvalidToken(_) => Some(r#"Bearer error="invalid_token""#),
            _ => None,
        }
    }

    /// Returns after how many seconds the request is worth repeating, if that is known.
    pub(crate) fn retry_after(&self) -> Option<&'static str> {
        matches!(self, Self::InProgress).then_some("1")
    }
}
