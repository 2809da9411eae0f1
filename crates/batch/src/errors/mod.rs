//! `DecodeError`, `RecordError` and `BatchError`: the errors of decoding, of a record, and of a whole batch.

mod batch_error;
mod decode_error;
mod json_error;
mod record_error;

pub use self::batch_error::{BatchError, BatchResult, FullBatchError, InvalidEvent};
pub use self::decode_error::DecodeError;
pub(crate) use self::json_error::JsonError;
pub use self::record_error::RecordError;
