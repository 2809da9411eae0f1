#![doc = include_str!("../README.md")]

mod context;
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

pub use init_error::InitError;
pub use json::{Json, json};
pub use keys::{append_key, append_keys, clear_keys, remove_key};
pub use logger::{Logger, LoggerBuilder};
