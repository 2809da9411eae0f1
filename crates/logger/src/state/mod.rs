//! The data that a logger keeps for one invocation.

mod log_buffer;
mod log_state;
mod waiting;

pub use self::log_buffer::LogBuffer;
pub(crate) use self::log_state::LogState;
pub(crate) use self::waiting::{Flushed, Kept};
