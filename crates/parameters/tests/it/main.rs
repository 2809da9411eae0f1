//! Parameters of every store. The tests that need a local AWS have their own binary.

#![recursion_limit = "256"] // the SDK's futures are deep
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

#[cfg(all(feature = "appconfig", feature = "ssm"))]
mod appconfig;
mod cache;
#[cfg(all(feature = "dynamodb", feature = "ssm"))]
mod dynamodb;
#[cfg(all(feature = "appconfig-agent", feature = "secrets-extension"))]
mod extension;
mod forms;
#[cfg(all(feature = "dynamodb", feature = "secrets", feature = "ssm"))]
mod guide;
#[cfg(all(feature = "appconfig", feature = "dynamodb", feature = "secrets", feature = "ssm"))]
mod never_printed;
#[cfg(all(feature = "secrets", feature = "ssm"))]
mod secrets_manager;
mod single_flight;
mod slow_store;
#[cfg(feature = "ssm")]
mod ssm;
#[cfg(feature = "ssm")]
mod ssm_names;
