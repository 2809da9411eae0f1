//! The errors of a record that does not decode, of a record that failed, and of a batch that failed as a whole.

mod batch_error;
mod decode_error;
mod record_error;

pub use self::batch_error::{BatchError, BatchResult, FullBatchError, InvalidEvent};
pub use self::decode_error::DecodeError;
pub use self::record_error::RecordError;
