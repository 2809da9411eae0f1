#![doc = include_str!("../README.md")]

#[cfg(feature = "appconfig")]
mod appconfig;
#[cfg(any(feature = "appconfig", feature = "dynamodb", feature = "secrets", feature = "ssm"))]
mod aws_error;
#[cfg(any(
    feature = "appconfig-agent",
    feature = "extension",
    feature = "appconfig",
    feature = "dynamodb",
    feature = "secrets",
    feature = "ssm"
))]
mod aws_error_code;
mod cache;
mod config;
pub mod decode;
#[cfg(feature = "dynamodb")]
mod dynamodb;
mod error;
#[cfg(any(feature = "appconfig-agent", feature = "extension"))]
mod extension;
mod parameters;
mod provider;
mod reader;
mod request;
mod secret;
#[cfg(feature = "secrets")]
mod secrets;
#[cfg(any(feature = "secrets", feature = "extension"))]
mod secrets_options;
#[cfg(any(feature = "ssm", feature = "secrets"))]
mod set_error;
#[cfg(feature = "ssm")]
mod ssm;
#[cfg(any(feature = "ssm", feature = "extension"))]
mod ssm_options;
#[cfg(feature = "test-util")]
pub mod test_util;
mod value;

#[cfg(feature = "appconfig")]
pub use appconfig::AppConfig;
#[doc(hidden)]
pub use config::together;
#[cfg(feature = "dynamodb")]
pub use dynamodb::{DynamoDb, DynamoDbOptions};
pub use error::{GetError, GetMultipleError, ProviderError, TransformError};
#[cfg(feature = "appconfig-agent")]
pub use extension::{AppConfigAgent, AppConfigAgentOptions};
#[cfg(feature = "extension")]
pub use extension::{SecretsExtension, SsmExtension};
pub use parameters::{Parameters, ParametersBuilder};
pub use provider::Provider;
pub use request::{Each, Fetch, Fields, Get, GetByNames, GetMultiple};
pub use secret::Secret;
#[cfg(feature = "secrets")]
pub use secrets::{SecretsManager, SetSecret};
#[cfg(any(feature = "secrets", feature = "extension"))]
pub use secrets_options::SecretsOptions;
#[cfg(any(feature = "ssm", feature = "secrets"))]
pub use set_error::SetError;
#[cfg(feature = "ssm")]
pub use ssm::{SetParameter, Ssm};
#[cfg(any(feature = "ssm", feature = "extension"))]
pub use ssm_options::SsmOptions;
pub use value::Value;
