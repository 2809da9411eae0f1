//! `Ssm`, the store on AWS Systems Manager Parameter Store.

use std::fmt;

use aws_sdk_ssm::Client;
use aws_types::SdkConfig;
use powertools_lambda_core::Environment;

use super::get::NOT_FOUND;
use super::options::SsmOptions;
use crate::aws_error::of_sdk;
use crate::decode::Text;
use crate::{Parameters, Provider, ProviderError, Value};

/// AWS Systems Manager Parameter Store, for [`Parameters::ssm`].
///
/// The function needs `ssm:GetParameter`, `ssm:GetParametersByPath` and `ssm:GetParameters` for [`Parameters::get`],
/// [`get_multiple`](Parameters::get_multiple) and [`get_by_names`](Parameters::get_by_names), `kms:Decrypt` for a key of
/// its own, and `ssm:PutParameter` to write. A name may carry a version or a label, `/shop/config:3`, or be an ARN.
#[derive(Clone)]
pub struct Ssm {
    client: Client,
    decrypt: bool,
}

impl Ssm {
    /// Creates a store on a client, with whatever credentials, endpoint and retries it has.
    pub fn new(client: Client) -> Self {
        Self { client, decrypt: false }
    }

    /// Returns the client, for what the utility has no words for.
    pub fn client(&self) -> &Client {
        &self.client
    }
}

impl From<Client> for Ssm {
    fn from(client: Client) -> Self {
        Self::new(client)
    }
}

impl From<&SdkConfig> for Ssm {
    fn from(config: &SdkConfig) -> Self {
        Self::new(Client::new(config))
    }
}

impl Parameters<Ssm> {
    /// Creates a handle on Parameter Store from a client or from the SDK's configuration.
    ///
    /// `POWERTOOLS_PARAMETERS_SSM_DECRYPT` decides whether encrypted parameters are decrypted where the request says
    /// nothing; they are not, by default.
    pub fn ssm(client: impl Into<Ssm>) -> Self {
        Self::new(client.into())
    }
}

const DECRYPT_VARIABLE: &str = "POWERTOOLS_PARAMETERS_SSM_DECRYPT";

impl Provider for Ssm {
    const STORE: &'static str = "SSM Parameter Store";
    type Options = SsmOptions;
    type Default = Text;

    fn start(&mut self, environment: &Environment) {
        self.decrypt = environment.variables().flag(DECRYPT_VARIABLE).unwrap_or(false);
    }

    fn options(&self) -> SsmOptions {
        SsmOptions {
            decrypt: self.decrypt,
            ..SsmOptions::default()
        }
    }

    async fn get(&self, name: &str, options: &SsmOptions) -> Result<Value, ProviderError> {
        super::get::get(&self.client, name, options).await
    }

    async fn get_multiple(&self, path: &str, options: &SsmOptions) -> Result<Vec<(String, Value)>, ProviderError> {
        let call = self.client.get_parameters_by_path().path(path);
        let call = call.with_decryption(options.decrypt).recursive(options.recursive);
        let mut pages = call.into_paginator().send();
        let mut values = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| of_sdk(error, &NOT_FOUND))?;
            for parameter in page.parameters.unwrap_or_default() {
                if let (Some(name), Some(value)) = (parameter.name, parameter.value) {
                    values.push((below(&name, path), Value::text(value)));
                }
            }
        }
        Ok(values)
    }

    async fn get_by_names(&self, names: &[(&str, &SsmOptions)]) -> Vec<Result<Value, ProviderError>> {
        super::get_by_names::get_by_names(&self.client, names).await
    }
}

/// Returns a name without the path in front of it.
fn below(name: &str, path: &str) -> String {
    let rest = name.strip_prefix(path).unwrap_or(name);
    rest.trim_start_matches('/').to_owned()
}

impl fmt::Debug for Ssm {
    /// Leaves the client out, which shows whatever its own parts show.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ssm")
            .field("decrypt", &self.decrypt)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::below;

    #[test]
    fn the_path_is_taken_off_with_or_without_a_slash() {
        for path in ["/shop", "/shop/"] {
            assert_eq!(below("/shop/limits/orders", path), "limits/orders");
        }
        assert_eq!(below("/other/limits", "/shop"), "other/limits");
    }
}
