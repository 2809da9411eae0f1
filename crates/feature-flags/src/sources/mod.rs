//! Where documents of feature flags come from.

#[cfg(feature = "appconfig-agent")]
mod agent;
mod file;
#[cfg(feature = "parameters")]
mod parameter;
mod source;
mod text;

#[cfg(feature = "appconfig-agent")]
pub use agent::AgentSource;
pub use file::FileSource;
#[cfg(feature = "parameters")]
pub use parameter::ParameterSource;
pub use source::FlagSource;
pub use text::TextSource;
