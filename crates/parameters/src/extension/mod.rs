//! Lambda extensions that serve parameters over HTTP on 127.0.0.1.

#[cfg(feature = "appconfig-agent")]
mod appconfig_agent;
mod http;
#[cfg(feature = "secrets-extension")]
mod parameters_and_secrets;

#[cfg(feature = "appconfig-agent")]
pub use appconfig_agent::{AppConfigAgent, AppConfigAgentOptions, AppConfigAgentParameters};
#[cfg(feature = "secrets-extension")]
pub use parameters_and_secrets::{SecretsExtension, SecretsExtensionParameters, SsmExtension, SsmExtensionParameters};
