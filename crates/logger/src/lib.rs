#![doc = include_str!("../README.md")]

mod builder;
mod current;
mod delivery;
mod event;
mod format;
mod init_error;
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
pub use event::{CorrelationId, CorrelationPath, CorrelationPathError, EventLog};
pub use format::{DatadogFormatter, LogFormatter, LogRecord};
pub use init_error::InitError;
pub use keys::{Keys, ScopeKeys, StandardKey, WithKeys, scope_keys};
pub use logger::Logger;
pub use record::{Json, json};
pub use state::LogBuffer;
