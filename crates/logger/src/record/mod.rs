//! The parts of a record, and the functions that write them as JSON.

mod backtrace;
pub(crate) mod exception;
mod fields;
mod json;
mod parts;
pub(crate) mod pool;
mod scratch;
mod time_text;

pub(crate) use self::fields::{Fields, value_of};
pub use self::json::{Json, json};
pub(crate) use self::json::{write_debug, write_display, write_value};
pub(crate) use self::parts::{Location, Parts};
pub(crate) use self::scratch::Scratch;
pub(crate) use self::time_text::TimeText;
