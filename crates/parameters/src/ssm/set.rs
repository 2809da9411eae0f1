//! `SetParameter`, the request to write a parameter.

use std::fmt;

use aws_sdk_ssm::types::{ParameterTier, ParameterType};

use super::Ssm;
use crate::set_error::SetError;
use crate::{Parameters, Provider, Value};

impl Parameters<Ssm> {
    /// Writes a parameter, and removes it and all lists from the cache.
    ///
    /// `.await` the request for the new version. It fails if the parameter exists, unless
    /// [`overwrite`](SetParameter::overwrite) is called. The function needs `ssm:PutParameter`.
    ///
    /// ```no_run
    /// # use powertools_lambda_parameters::{Parameters, SetError};
    /// # use powertools_lambda_parameters::ssm::Ssm;
    /// # async fn rotate(ssm: &Parameters<Ssm>) -> Result<(), SetError> {
    /// let version = ssm.set("/shop/api-key", "hunter2").secure().overwrite().await?;
    /// # Ok(()) }
    /// ```
    pub fn set<'a>(&'a self, name: &'a str, value: impl Into<String>) -> SetParameter<'a> {
        SetParameter {
            parameters: self,
            name,
            value: Value::text(value),
            kind: ParameterType::String,
            tier: ParameterTier::Standard,
            overwrite: false,
            description: String::new(),
            kms_key: None,
        }
    }
}

/// A request to write a parameter: `.await` it for its new version.
#[must_use = "a request does nothing until it is awaited: add `.await`"]
pub struct SetParameter<'a> {
    parameters: &'a Parameters<Ssm>,
    name: &'a str,
    value: Value,
    kind: ParameterType,
    tier: ParameterTier,
    overwrite: bool,
    description: String,
    kms_key: Option<String>,
}

impl SetParameter<'_> {
    /// Writes a new version if the parameter exists. Default: fails then.
    pub fn overwrite(mut self) -> Self {
        self.overwrite = true;
        self
    }

    /// Writes an encrypted `SecureString` with the account's key for Parameter Store. Default: a plain `String`.
    pub fn secure(mut self) -> Self {
        self.kind = ParameterType::SecureString;
        self
    }

    /// Writes an encrypted `SecureString` with a KMS key, given by its id, ARN or alias.
    pub fn kms_key(mut self, key: impl Into<String>) -> Self {
        self.kms_key = Some(key.into());
        self.secure()
    }

    /// Writes a `StringList`, whose value is a list separated by commas.
    pub fn string_list(mut self) -> Self {
        self.kind = ParameterType::StringList;
        self
    }

    /// Sets the tier. Default: `Standard`, up to 4 kB; `Advanced` allows 8 kB and costs extra.
    pub fn tier(mut self, tier: ParameterTier) -> Self {
        self.tier = tier;
        self
    }

    /// Sets the parameter's description.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }
}

impl<'a> IntoFuture for SetParameter<'a> {
    type Output = Result<i64, SetError>;
    type IntoFuture = futures_util::future::BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            // Everything that is read before the write has ended, successfully or not, may be the old value.
            let _forget = self.parameters.forget_afterwards(self.name);
            let value = self.value.as_str().unwrap_or_default();
            let call = self.parameters.provider().client().put_parameter();
            let call = call
                .name(self.name)
                .value(value)
                .overwrite(self.overwrite)
                .r#type(self.kind)
                .tier(self.tier)
                .description(self.description)
                .set_key_id(self.kms_key);
            match call.send().await {
                Ok(answer) => Ok(answer.version),
                Err(error) => Err(SetError::of_sdk(Ssm::STORE, self.name, error, &self.value)),
            }
        })
    }
}

impl fmt::Debug for SetParameter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetParameter")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("overwrite", &self.overwrite)
            .finish_non_exhaustive()
    }
}
