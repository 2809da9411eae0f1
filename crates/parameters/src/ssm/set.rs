//! Writing a parameter.

use std::fmt;

use aws_sdk_ssm::types::{ParameterTier, ParameterType};

use super::Ssm;
use crate::set_error::SetError;
use crate::{Parameters, Provider, Value};

impl Parameters<Ssm> {
    /// Writes a parameter; what the cache has of it, and every list, is forgotten.
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

/// A request to write a parameter: `.await` it for the version it got.
#[must_use = "a request does nothing until it is awaited"]
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
    /// Writes a new version where there is a parameter of the name, instead of failing.
    pub fn overwrite(mut self) -> Self {
        self.overwrite = true;
        self
    }

    /// Encrypts it: a `SecureString`, with the account's key for Parameter Store.
    pub fn secure(mut self) -> Self {
        self.kind = ParameterType::SecureString;
        self
    }

    /// Encrypts it with a KMS key, by its id, ARN or alias.
    pub fn kms_key(mut self, key: impl Into<String>) -> Self {
        self.kms_key = Some(key.into());
        self.secure()
    }

    /// Makes it a list of texts that commas separate.
    pub fn string_list(mut self) -> Self {
        self.kind = ParameterType::StringList;
        self
    }

    /// Allows up to 8 kB instead of 4, at a price.
    pub fn tier(mut self, tier: ParameterTier) -> Self {
        self.tier = tier;
        self
    }

    /// Describes it to whoever looks at it.
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
            // Whatever is read until the write has ended, however it ends, may be the old value.
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
