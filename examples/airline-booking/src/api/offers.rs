//! [`Offers`]: the key that signs offers, from its secret.

use powertools_lambda::parameters::{GetError, Parameters, Provider};
use serde::Deserialize;

use crate::offer::OfferKey;

/// The key that signs offers.
#[derive(Debug)]
pub struct Offers<P: Provider> {
    secrets: Parameters<P>,
    name: String,
}

/// The secret as Secrets Manager generates it.
#[derive(Deserialize)]
struct Generated {
    key: String,
}

impl<P: Provider> Offers<P> {
    /// Reads the key from the secret with this name.
    pub fn new(secrets: Parameters<P>, name: String) -> Self {
        Self { secrets, name }
    }

    /// Returns the key, usually from the cache.
    ///
    /// # Errors
    ///
    /// If the secret cannot be read.
    pub async fn key(&self) -> Result<OfferKey, GetError> {
        let secret = self.secrets.get(&self.name).json::<Generated>().await?;
        Ok(OfferKey::new(secret.key.as_bytes()))
    }
}
