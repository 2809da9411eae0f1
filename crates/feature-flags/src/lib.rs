#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod context;
mod document;
mod errors;
mod flags;
mod key;
mod percentage;
mod sources;
mod values;
mod versions;

pub use context::{EvaluationContext, ToContext};
pub use document::DocumentFormat;
pub use errors::{ContextError, DocumentError, EvaluationError, FlagsError};
pub use flags::{Evaluation, FeatureFlags, FeatureFlagsBuilder, Snapshot};
pub use percentage::percentage_bucket;
#[cfg(feature = "appconfig-agent")]
pub use sources::AgentSource;
#[cfg(feature = "parameters")]
pub use sources::ParameterSource;
pub use sources::{FileSource, FlagSource, TextSource};

// Not for doctests: a test runs the blocks and compares their output.
#[cfg(not(doctest))]
#[doc = include_str!("../docs/guide.md")]
pub mod _guide {}
