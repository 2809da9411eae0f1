//! `SecretsManager`, the store on AWS Secrets Manager.

use std::fmt;

use aws_sdk_secretsmanager::Client;
use aws_types::SdkConfig;

use super::options::SecretsOptions;
use crate::decode::SecretText;
use crate::{Parameters, Provider, ProviderError, Value};

/// AWS Secrets Manager, for [`Parameters::secrets`].
///
/// A name may be an ARN. The function needs these permissions:
///
/// | permission | for |
/// |---|---|
/// | `secretsmanager:GetSecretValue` | [`get`](Parameters::get) |
/// | `secretsmanager:BatchGetSecretValue` | [`get_by_names`](Parameters::get_by_names), [`prefetch`](Parameters::prefetch) |
/// | `secretsmanager:PutSecretValue` and `secretsmanager:CreateSecret` | [`set`](Parameters::set) |
/// | `kms:Decrypt` | a secret with a customer managed key |
#[derive(Clone)]
pub struct SecretsManager {
    client: Client,
}

impl SecretsManager {
    /// Creates a store with a client, whose credentials, endpoint and retries are used.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Returns the client, for operations that this crate does not have.
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

/// The handle on Secrets Manager, for signatures: `async fn handler(secrets: &SecretsParameters, …)`.
pub type SecretsParameters = Parameters<SecretsManager>;

impl Parameters<SecretsManager> {
    /// Creates a handle on Secrets Manager from the SDK's configuration (`&SdkConfig`) or from a client.
    ///
    /// To trace its calls, pass a client with the tracer's interceptor, as for [Parameter
    /// Store](crate::ssm::Ssm).
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
    /// Leaves out the client, because its parts decide what they show.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretsManager").finish_non_exhaustive()
    }
}
