//! Who a request comes from.

mod cart_id;
mod keys;
mod owner;
mod token;
mod token_error;
#[cfg(test)]
mod token_tests;

use lambda_runtime::Error;
use powertools_lambda::logger;
use powertools_lambda::parameters::Provider;

use crate::api::{Refusal, Request};

pub use cart_id::CartId;
pub(crate) use keys::KeySet;
pub use owner::{Owner, Subject};
pub use token::{Verifier, VerifyError};
pub use token_error::TokenError;

/// Tells whose cart a request is about.
#[derive(Debug)]
pub struct Access<P: Provider> {
    verifier: Verifier<P>,
}

impl<P: Provider> Access<P> {
    pub(crate) fn new(verifier: Verifier<P>) -> Self {
        Self { verifier }
    }

    /// Returns whose cart it is: the signed-in shopper's, or that of the cookie, or a new one.
    ///
    /// Its name is on everything that is logged from here on. A token that is not valid is refused, and never taken for
    /// a shopper who is not signed in.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] where the token is not valid; and when the keys cannot be read.
    pub async fn owner(&self, request: &Request) -> Result<Owner, Error> {
        let owner = match self.signed_in(request).await? {
            Some(subject) => Owner::User(subject),
            None => Owner::Anonymous(CartId::of(request).unwrap_or_else(CartId::random)),
        };
        logger::append_key("cart_id", owner.partition());
        Ok(owner)
    }

    /// Returns the signed-in shopper.
    ///
    /// # Errors
    ///
    /// As [`owner`](Self::owner), and a [`Refusal`] where there is no token.
    pub async fn user(&self, request: &Request) -> Result<Owner, Error> {
        let subject = self.signed_in(request).await?.ok_or(Refusal::NotSignedIn)?;
        let owner = Owner::User(subject);
        logger::append_key("cart_id", owner.partition());
        Ok(owner)
    }

    async fn signed_in(&self, request: &Request) -> Result<Option<Subject>, Error> {
        let mut headers = request.headers("authorization");
        let Some(header) = headers.next() else {
            return Ok(None);
        };
        if headers.next().is_some() {
            return Err(Refusal::InvalidToken(TokenError::Malformed).into());
        }
        let token = bearer(header).ok_or(Refusal::NotSignedIn)?;
        match self.verifier.verify(token).await {
            Ok(subject) => Ok(Some(subject)),
            Err(VerifyError::Token(error)) => Err(Refusal::InvalidToken(error).into()),
            Err(VerifyError::Keys(error)) => Err(error.into()),
        }
    }
}

/// Returns the token of `Bearer TOKEN`; the scheme's case does not count.
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
