//! [`Access`]: the owner of a cart, from the cookie or the token of a request.

mod cart_id;
mod keys;
mod owner;
mod token;
mod token_error;
#[cfg(test)]
mod token_tests;

use http::{HeaderMap, header};
use lambda_runtime::Error;
use powertools_lambda::logger;
use powertools_lambda::parameters::Provider;

use crate::api::Refusal;

pub use cart_id::CartId;
pub(crate) use keys::KeySet;
pub use owner::{Owner, Subject};
pub use token::{Verifier, VerifyError};
pub use token_error::TokenError;

/// Determines the owner of the cart for a request.
#[derive(Debug)]
pub struct Access<P: Provider> {
    verifier: Verifier<P>,
}

impl<P: Provider> Access<P> {
    pub(crate) fn new(verifier: Verifier<P>) -> Self {
        Self { verifier }
    }

    /// Returns the owner: the signed-in shopper, or the cookie's cart, or a new one.
    ///
    /// All records that follow have the owner's key. An invalid token is rejected, and never treated as a shopper who is not
    /// signed in.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] if the token is invalid; another error if the keys cannot be read.
    pub async fn owner(&self, headers: &HeaderMap) -> Result<Owner, Error> {
        let owner = match self.signed_in(headers).await? {
            Some(subject) => Owner::User(subject),
            None => Owner::Anonymous(CartId::of(headers).unwrap_or_else(CartId::random)),
        };
        logger::append_key("cart_id", owner.partition());
        Ok(owner)
    }

    /// Returns the signed-in shopper.
    ///
    /// # Errors
    ///
    /// As [`owner`](Self::owner), and a [`Refusal`] if there is no token.
    pub async fn user(&self, headers: &HeaderMap) -> Result<Owner, Error> {
        let subject = self.signed_in(headers).await?.ok_or(Refusal::NotSignedIn)?;
        let owner = Owner::User(subject);
        logger::append_key("cart_id", owner.partition());
        Ok(owner)
    }

    async fn signed_in(&self, headers: &HeaderMap) -> Result<Option<Subject>, Error> {
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        let Some(value) = values.next() else {
            return Ok(None);
        };
        if values.next().is_some() {
            return Err(Refusal::InvalidToken(TokenError::Malformed).into());
        }
        let token = value.to_str().ok().and_then(bearer).ok_or(Refusal::NotSignedIn)?;
        match self.verifier.verify(token).await {
            Ok(subject) => Ok(Some(subject)),
            Err(VerifyError::Token(error)) => Err(Refusal::InvalidToken(error).into()),
            Err(VerifyError::Keys(error)) => Err(error.into()),
        }
    }
}

/// Returns the token of `Bearer TOKEN`, with the scheme in any case.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.trim().split_once(' ')?;
    let token = token.trim_start();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_token_is_found() {
        assert_eq!(bearer("Bearer a.b.c"), Some("a.b.c"));
        assert_eq!(bearer("bearer  a.b.c "), Some("a.b.c"));
        for bad in ["", "Bearer", "Bearer ", "Basic dTpw", "a.b.c"] {
            assert_eq!(bearer(bad), None, "{bad:?}");
        }
    }
}
