//! Records: what they are, what handlers can take of them, and functions as their handlers.

mod from_record;
mod record;
mod record_fn;

pub use self::from_record::{FromRecord, Json};
pub(crate) use self::record::Records;
pub use self::record::{BatchRecord, Record, RecordBody};
pub use self::record_fn::{RecordFn, RecordFnFuture, RecordHandler, record_fn};
