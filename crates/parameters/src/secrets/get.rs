//! `get`, which reads one secret.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::primitives::Blob;

use super::options::SecretsOptions;
use crate::aws_error::of_sdk;
use crate::{ProviderError, Value};

/// The error code of a missing secret.
pub(super) const NOT_FOUND: [&str; 1] = ["ResourceNotFoundException"];

pub(super) async fn get(client: &Client, name: &str, options: &SecretsOptions) -> Result<Value, ProviderError> {
    let call = client.get_secret_value().secret_id(name);
    let call = call.set_version_id(options.version_id.as_deref().map(str::to_owned));
    let call = call.set_version_stage(options.version_stage.as_deref().map(str::to_owned));
    let answer = call.send().await.map_err(|error| of_sdk(error, &NOT_FOUND))?;
    value(answer.secret_string, answer.secret_binary).ok_or_else(ProviderError::not_found)
}

/// Returns the text of a secret if it has one, even an empty one, and its bytes otherwise.
pub(super) fn value(text: Option<String>, bytes: Option<Blob>) -> Option<Value> {
    text.map(Value::text)
        .or_else(|| bytes.map(|bytes| Value::binary(bytes.into_inner())))
}
