#![doc = include_str!("../README.md")]

mod context;
mod event;
mod exception;
mod fields;
mod filter;
mod hook;
mod init_error;
mod json;
mod keys;
mod level;
mod logger;
mod panic_hook;
mod record;
mod scratch;
mod span;
mod subscriber_layer;
mod value;

pub use event::{CorrelationId, CorrelationPath, CorrelationPathError, EventLog};
pub use init_error::InitError;
pub use json::{Json, json};
pub use keys::{append_key, append_keys, clear_keys, remove_key};
pub use logger::{Logger, LoggerBuilder};
