//! Where documents of feature flags come from.

mod file;
#[cfg(feature = "parameters")]
mod parameter;
mod source;
mod text;

pub use file::FileSource;
#[cfg(feature = "parameters")]
pub use parameter::ParameterSource;
pub use source::FlagSource;
pub use text::TextSource;
