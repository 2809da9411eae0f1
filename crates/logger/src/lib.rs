#![doc = include_str!("../README.md")]

mod buffer;
mod builder;
mod context;
mod cut;
mod deadline;
mod directives;
mod event;
mod exception;
mod fields;
mod filter;
mod format;
mod formatter;
mod frames;
mod hook;
mod init_error;
mod inner;
mod json;
mod keys;
mod level;
mod log_record;
mod logger;
mod panic_hook;
mod pretty;
mod process_keys;
mod record;
mod sampling;
mod scope_keys;
mod scratch;
mod span;
mod standard_key;
mod subscriber_layer;
mod time_text;
mod value;

pub use buffer::{LogBuffer, clear_buffer, flush_buffer};
pub use builder::LoggerBuilder;
pub use event::{CorrelationId, CorrelationPath, CorrelationPathError, EventLog};
pub use formatter::{DatadogFormatter, LogFormatter};
pub use init_error::InitError;
pub use json::{Json, json};
pub use keys::{
    Keys, append_key, append_keys, clear_keys, correlation_id, remove_key, remove_keys, set_correlation_id,
};
pub use log_record::LogRecord;
pub use logger::Logger;
pub use scope_keys::{ScopeKeys, WithKeys, scope_keys};
pub use standard_key::StandardKey;

/// What the umbrella crate makes its own subscriber layer of; no part of the public API.
#[doc(hidden)]
pub mod internal {
    pub use crate::filter::RecordFilter;
    pub use crate::subscriber_layer::RecordLayer;
}
