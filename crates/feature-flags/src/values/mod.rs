//! Values of flags as Rust types.

mod error;
mod flag_struct;
mod flag_value;

pub(crate) use flag_struct::{FlagSet, read_struct};
pub(crate) use flag_value::{FlagValue, typed};
