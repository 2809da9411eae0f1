#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
mod powertools;
mod resources;
mod restore;
mod run;
mod shutdown;
#[cfg(all(feature = "logger", feature = "tracer"))]
mod subscriber_layer;
#[cfg(feature = "test-util")]
pub mod test_util;

#[doc(no_inline)]
pub use lambda_runtime;
#[cfg(feature = "batch")]
#[doc(inline)]
pub use powertools_lambda_batch as batch;
#[doc(inline)]
pub use powertools_lambda_core as core;
pub use powertools_lambda_core::{InitError, Invocation, InvocationExt};
#[cfg(feature = "feature-flags")]
#[doc(inline)]
pub use powertools_lambda_feature_flags as feature_flags;
#[cfg(feature = "logger")]
#[doc(inline)]
pub use powertools_lambda_logger as logger;
#[cfg(feature = "metrics")]
#[doc(inline)]
pub use powertools_lambda_metrics as metrics;
#[cfg(feature = "parameters")]
#[doc(inline)]
pub use powertools_lambda_parameters as parameters;
#[cfg(feature = "tracer")]
#[doc(inline)]
pub use powertools_lambda_tracer as tracer;

pub use builder::PowertoolsBuilder;
pub use powertools::Powertools;

/// Guides to the toolkit as a whole; the module of each utility has its own `_guide`.
// Not for doctests: tests run the blocks.
#[cfg(not(doctest))]
pub mod _guide {
    #[doc = include_str!("../docs/operations.md")]
    pub mod operations {}
    #[doc = include_str!("../docs/testing.md")]
    pub mod testing {}
}
