#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
mod current;
mod delivery;
mod event;
mod format;
mod keys;
mod level;
mod logger;
mod panic_hook;
mod record;
mod state;
pub mod subscriber;
mod utility;

pub use builder::LoggerBuilder;
pub use current::{
    append_key, append_keys, clear_buffer, clear_keys, correlation_id, flush_buffer, remove_key, remove_keys,
    set_correlation_id,
};
pub use event::{CorrelationId, CorrelationIdPath, CorrelationIdPathError, LogEvent};
pub use format::{DatadogFormatter, LogFormatter, LogRecord};
pub use keys::{Keys, ScopeKeys, StandardKey, WithKeys, scope_keys};
pub use logger::Logger;
#[doc(no_inline)]
pub use powertools_lambda_core::{HandlerLayer, InitError};
pub use record::{Json, json};
pub use state::LogBuffer;

// Not for doctests: a test runs the blocks and compares their output.
#[cfg(not(doctest))]
#[doc = include_str!("../docs/guide.md")]
pub mod _guide {}
