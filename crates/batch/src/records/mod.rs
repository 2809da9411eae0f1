//! `Record`, `FromRecord` for the arguments of handlers, and `record_fn` for functions as handlers.

mod from_record;
mod payload;
mod record;
mod record_fn;

pub use self::from_record::{FromRecord, Json};
pub(crate) use self::record::Records;
pub use self::record::{BatchRecord, Record, RecordBody};
pub use self::record_fn::{RecordFn, RecordFnFuture, RecordHandler, record_fn};
