//! `Ssm`, the store on AWS Systems Manager Parameter Store.

use std::fmt;

use aws_sdk_ssm::Client;
use aws_types::SdkConfig;
use powertools_lambda_core::Environment;

use super::get::{NOT_FOUND, value_of};
use super::options::SsmOptions;
use crate::aws_error::of_sdk;
use crate::decode::Text;
use crate::{Parameters, Provider, ProviderError, Value};

/// AWS Systems Manager Parameter Store, for [`Parameters::ssm`].
///
/// A name may include a version or a label (`/shop/config:3`), or be an ARN. The function needs these permissions:
///
/// | permission | for |
/// |---|---|
/// | `ssm:GetParameter` | [`get`](Parameters::get) |
/// | `ssm:GetParametersByPath` | [`get_multiple`](Parameters::get_multiple) |
/// | `ssm:GetParameters` | [`get_by_names`](Parameters::get_by_names), [`prefetch`](Parameters::prefetch) |
/// | `ssm:PutParameter` | [`set`](Parameters::set) |
/// | `kms:Decrypt` | a `SecureString` with a customer managed key |
#[derive(Clone)]
pub struct Ssm {
    client: Client,
    decrypt: bool,
}

impl Ssm {
    /// Creates a store with a client, whose credentials, endpoint and retries are used.
    pub fn new(client: Client) -> Self {
        Self { client, decrypt: false }
    }

    /// Returns the client, for operations that this crate does not have.
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

/// The handle on Parameter Store, for signatures: `async fn handler(ssm: &SsmParameters, …)`.
pub type SsmParameters = Parameters<Ssm>;

impl Parameters<Ssm> {
    /// Creates a handle on Parameter Store from the SDK's configuration (`&SdkConfig`) or from a client.
    ///
    /// `POWERTOOLS_PARAMETERS_SSM_DECRYPT` sets whether a `SecureString` is decrypted, unless the request sets
    /// [`decrypt`](crate::request::Get::decrypt). Default: `false`.
    ///
    /// # Calls in the trace
    ///
    /// To trace the calls to Parameter Store with the tracer (its feature `aws-sdk`), pass a client with the tracer's
    /// interceptor:
    ///
    /// ```
    /// use aws_sdk_ssm::Client;
    /// use aws_sdk_ssm::config::Builder;
    /// use powertools_lambda_parameters::Parameters;
    /// # use powertools_lambda_parameters::ssm::SsmParameters;
    /// # #[derive(Debug)] struct Tracer;
    /// # impl aws_sdk_ssm::config::Intercept for Tracer { fn name(&self) -> &'static str { "tracer" } }
    /// # impl Tracer { fn aws_interceptor(&self) -> Self { Self } }
    ///
    /// # fn example(config: &aws_types::SdkConfig, tracer: &Tracer) -> SsmParameters {
    /// let client = Client::from_conf(Builder::from(config).interceptor(tracer.aws_interceptor()).build());
    /// let parameters = Parameters::ssm(client);
    /// # parameters
    /// # }
    /// ```
    ///
    /// It works in the same way for the clients of the other stores.
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
                if let (Some(name), Some(value)) = (parameter.name(), value_of(&parameter)) {
                    values.push((below(name, path), value));
                }
            }
        }
        Ok(values)
    }

    async fn get_by_names(&self, names: &[(&str, &SsmOptions)]) -> Vec<Result<Value, ProviderError>> {
        super::get_by_names::get_by_names(&self.client, names).await
    }
}

/// Returns a name without the path before it.
fn below(name: &str, path: &str) -> String {
    let rest = name.strip_prefix(path).unwrap_or(name);
    rest.trim_start_matches('/').to_owned()
}

impl fmt::Debug for Ssm {
    /// Leaves out the client, because its parts decide what they show.
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
