//! [`Fake`], a store of parameters behind the client.

use powertools_lambda::parameters::decode::Text;
use powertools_lambda::parameters::{Provider, ProviderError, Value};
use soak::event::wire::{Call, Reply};

use crate::store::Client;

/// Parameters of the fake store.
pub(crate) struct Fake(pub(crate) Client);

impl Provider for Fake {
    const STORE: &'static str = "the fake store";
    type Options = ();
    type Default = Text;

    async fn get(&self, name: &str, (): &()) -> Result<Value, ProviderError> {
        match self.0.call(&Call::Get { name: name.to_owned() }).await {
            Ok(Reply::Value(value)) => Ok(value.into()),
            Ok(other) => Err(ProviderError::unavailable(format!("unexpected: {other:?}"))),
            Err(failure) => Err(ProviderError::unavailable(failure)),
        }
    }
}
