//! Why a request is not done.

use crate::access::TokenError;
use crate::product::{ProductId, ProductServiceError};

/// Why a request is not done, as the shopper is told: an answer and no failure of the function.
///
/// Whatever else goes wrong is the function's error: logged, in the trace, counted by Lambda, and 502 to the shopper.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// What was sent cannot be understood.
    #[error("{0}")]
    BadRequest(String),
    /// The request is for shoppers who are signed in.
    #[error("sign in first: the header Authorization has no bearer token")]
    NotSignedIn,
    /// The token is not to be trusted.
    #[error("the token is not valid: {0}")]
    InvalidToken(TokenError),
    /// There is no such product on offer.
    #[error("there is no product {0}")]
    UnknownProduct(ProductId),
    /// The product is not in the cart.
    #[error("product {0} is not in the cart")]
    NotInCart(ProductId),
    /// There would be less than nothing of the product in the cart.
    #[error("there are only {there} of product {product} in the cart")]
    BelowZero {
        /// The product.
        product: ProductId,
        /// How many there are.
        there: u64,
    },
    /// There would be more of the product in the cart than anybody needs.
    #[error("a cart holds at most {0} of a product")]
    TooMany(u64),
    /// There is nothing to check out.
    #[error("the cart is empty")]
    EmptyCart,
    /// There is more to check out than fits one transaction.
    #[error("an order has at most {0} products")]
    TooManyProducts(usize),
    /// An idempotency key came with another request than before.
    #[error("the Idempotency-Key belongs to another request")]
    OtherRequest,
    /// Others change the same rows at the same time, again and again.
    #[error("the cart is being changed by others, try again")]
    Contended,
    /// The product service does not say.
    #[error("the product service is out of order, try again later")]
    ProductService(#[source] ProductServiceError),
}

impl Refusal {
    /// Returns the status of the answer.
    pub fn status(&self) -> u16 {
        match self {
            Self::BadRequest(_) => 400,
            Self::NotSignedIn | Self::InvalidToken(_) => 401,
            Self::UnknownProduct(_) | Self::NotInCart(_) => 404,
            Self::BelowZero { .. } | Self::TooMany(_) | Self::EmptyCart | Self::TooManyProducts(_) => 409,
            Self::OtherRequest => 422,
            Self::ProductService(ProductServiceError::Status(_) | ProductServiceError::Product(_)) => 502,
            Self::ProductService(ProductServiceError::Unreachable(_)) | Self::Contended => 503,
        }
    }

    /// Returns the challenge of a request that wants a token.
    pub(crate) fn challenge(&self) -> Option<&'static str> {
        match self {
            Self::NotSignedIn => Some("Bearer"),
            Self::InvalidToken(_) => Some(r#"Bearer error="invalid_token""#),
            _ => None,
        }
    }
}
