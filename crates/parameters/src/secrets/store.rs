//! `SecretsManager`, the store on AWS Secrets Manager.

use std::fmt;

use aws_sdk_secretsmanager::Client;
use aws_types::SdkConfig;

use super::options::SecretsOptions;
use crate::decode::SecretText;
use crate::{Parameters, Provider, ProviderError, Value};

/// AWS Secrets Manager, for [`Parameters::secrets`].
///
/// The function needs `secretsmanager:GetSecretValue`, `secretsmanager:BatchGetSecretValue` for
/// [`Parameters::get_by_names`], `kms:Decrypt` for a key of its own, and `secretsmanager:PutSecretValue` and
/// `secretsmanager:CreateSecret` to write. A name may be an ARN.
#[derive(Clone)]
pub struct SecretsManager {
    client: Client,
}

impl SecretsManager {
    /// Creates a store on a client, with whatever credentials, endpoint and retries it has.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Returns the client, for what the utility has no words for.
    pub fn client(&self) -> &Client {
        &self.client
    }
}

impl From<Client> for SecretsManager {
    fn from(client: Client) -> Self {
        Self::new(client)
    }
}

impl From<&SdkConfig> for SecretsManager {
    fn from(config: &SdkConfig) -> Self {
        Self::new(Client::new(config))
    }
}

impl Parameters<SecretsManager> {
    /// Creates a handle on Secrets Manager from a client or from the SDK's configuration.
    pub fn secrets(client: impl Into<SecretsManager>) -> Self {
        Self::new(client.into())
    }
}

impl Provider for SecretsManager {
    const STORE: &'static str = "Secrets Manager";
    type Options = SecretsOptions;
    type Default = SecretText;

    async fn get(&self, name: &str, options: &SecretsOptions) -> Result<Value, ProviderError> {
        super::get::get(&self.client, name, options).await
    }

    async fn get_by_names(&self, names: &[(&str, &SecretsOptions)]) -> Vec<Result<Value, ProviderError>> {
        super::get_by_names::get_by_names(&self.client, names).await
    }
}

impl fmt::Debug for SecretsManager {
    /// Leaves the client out, which shows whatever its own parts show.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretsManager").finish_non_exhaustive()
    }
}
