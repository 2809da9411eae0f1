#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "appconfig")]
pub mod appconfig;
#[cfg(any(feature = "appconfig", feature = "dynamodb", feature = "secrets", feature = "ssm"))]
mod aws_error;
#[cfg(any(
    feature = "appconfig-agent",
    feature = "secrets-extension",
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
pub mod dynamodb;
mod error;
#[cfg(any(feature = "appconfig-agent", feature = "secrets-extension"))]
pub mod extension;
mod parameters;
mod provider;
mod reader;
pub mod request;
mod secret;
#[cfg(any(feature = "secrets", feature = "secrets-extension"))]
pub mod secrets;
#[cfg(any(feature = "ssm", feature = "secrets"))]
mod set_error;
#[cfg(any(feature = "ssm", feature = "secrets-extension"))]
pub mod ssm;
#[cfg(feature = "test-util")]
pub mod test_util;
mod value;
mod wait;

#[cfg(powertools_shuttle)]
#[doc(hidden)]
pub use cache::models;
pub use error::{DecodeError, GetError, GetManyError, ProviderError};
pub use parameters::{Parameters, ParametersBuilder};
pub use provider::Provider;
pub use secret::Secret;
#[cfg(any(feature = "ssm", feature = "secrets"))]
pub use set_error::SetError;
pub use value::Value;

/// What [`config!`]'s code calls; not part of the public API.
#[doc(hidden)]
pub mod __private {
    pub use crate::config::{Field, wait};
}

// Not for doctests: a test runs the blocks and compares their output.
#[cfg(not(doctest))]
#[doc = include_str!("../docs/guide.md")]
pub mod _guide {}
