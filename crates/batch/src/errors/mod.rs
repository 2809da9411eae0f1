//! The errors of a record that does not decode, of a record that failed, and of a batch that failed as a whole.

mod decode_error;
mod process_error;
mod record_error;

pub use self::decode_error::DecodeError;
pub use self::process_error::{FullBatchFailure, InvalidEvent, ProcessError, Result};
pub use self::record_error::RecordError;
