//! `SetSecret`, the request to write a secret.

use std::fmt;

use aws_sdk_secretsmanager::primitives::Blob;

use super::SecretsManager;
use crate::set_error::SetError;
use crate::{Parameters, Provider, Value};

impl Parameters<SecretsManager> {
    /// Writes a new version of a secret, as text or bytes, or creates the secret if it does not exist.
    ///
    /// `.await` the request for the id of the version. The secret is removed from the cache. The function needs
    /// `secretsmanager:PutSecretValue` and, to create secrets, `secretsmanager:CreateSecret`.
    ///
    /// ```no_run
    /// # use powertools_lambda_parameters::{Parameters, SetError, Value};
    /// # use powertools_lambda_parameters::secrets::SecretsManager;
    /// # async fn rotate(secrets: &Parameters<SecretsManager>) -> Result<(), Box<dyn std::error::Error>> {
    /// secrets.set("shop/api-key", "hunter2").await?;
    /// secrets.set("shop/database", Value::json(&serde_json::json!({"user": "shop"}))?).await?;
    /// # Ok(()) }
    /// ```
    pub fn set<'a>(&'a self, name: &'a str, value: impl Into<Value>) -> SetSecret<'a> {
        SetSecret {
            parameters: self,
            name,
            value: value.into(),
            client_request_token: None,
            version_stages: None,
        }
    }
}

/// A request to write a secret: `.await` it for the id of its version.
#[must_use = "a request does nothing until it is awaited: add `.await`"]
pub struct SetSecret<'a> {
    parameters: &'a Parameters<SecretsManager>,
    name: &'a str,
    value: Value,
    client_request_token: Option<String>,
    version_stages: Option<Vec<String>>,
}

impl SetSecret<'_> {
    /// Sets the id of the version, so that a repeated write creates only one. Default: a random id from the SDK.
    pub fn client_request_token(mut self, token: impl Into<String>) -> Self {
        self.client_request_token = Some(token.into());
        self
    }

    /// Sets a stage for the version; call it again for another. Default: `AWSCURRENT`. Ignored for a new secret.
    pub fn version_stage(mut self, stage: impl Into<String>) -> Self {
        self.version_stages.get_or_insert_default().push(stage.into());
        self
    }
}

impl<'a> IntoFuture for SetSecret<'a> {
    type Output = Result<String, SetError>;
    type IntoFuture = futures_util::future::BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            // Everything that is read before the write has ended, successfully or not, may be the old value.
            let _forget = self.parameters.forget_afterwards(self.name);
            let client = self.parameters.provider().client();
            let (text, bytes) = match self.value.as_text() {
                Some(text) => (Some(text.to_owned()), None),
                None => (None, Some(Blob::new(self.value.as_bytes()))),
            };
            let put = client
                .put_secret_value()
                .secret_id(self.name)
                .set_secret_string(text.clone())
                .set_secret_binary(bytes.clone())
                .set_client_request_token(self.client_request_token.clone())
                .set_version_stages(self.version_stages);
            let error = match put.send().await {
                Ok(answer) => return Ok(answer.version_id.unwrap_or_default()),
                Err(error) => error,
            };
            let missing = error
                .as_service_error()
                .is_some_and(aws_sdk_secretsmanager::operation::put_secret_value::PutSecretValueError::is_resource_not_found_exception);
            if !missing {
                return Err(SetError::of_sdk(SecretsManager::STORE, self.name, error, &self.value));
            }
            let create = client
                .create_secret()
                .name(self.name)
                .set_secret_string(text)
                .set_secret_binary(bytes)
                .set_client_request_token(self.client_request_token);
            match create.send().await {
                Ok(answer) => Ok(answer.version_id.unwrap_or_default()),
                Err(error) => Err(SetError::of_sdk(SecretsManager::STORE, self.name, error, &self.value)),
            }
        })
    }
}

impl fmt::Debug for SetSecret<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetSecret")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
