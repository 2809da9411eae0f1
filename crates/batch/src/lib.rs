#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod batch;
mod errors;
mod processing;
mod records;
mod sources;

pub use batch::{Batch, BatchFuture};
pub use errors::{BatchError, BatchResult, DecodeError, FullBatchError, InvalidEvent, RecordError};
pub use processing::{BatchSummary, FailureAction, FailurePolicy, ForwardFuture, FullFailurePolicy, process};
pub use records::{
    BatchRecord, FromRecord, Json, Record, RecordBody, RecordFn, RecordFnFuture, RecordHandler, record_fn,
};
#[cfg(any(feature = "dynamodb", feature = "kinesis"))]
pub use sources::TimeWindow;
#[cfg(feature = "dynamodb")]
pub use sources::dynamodb;
#[cfg(feature = "kafka")]
pub use sources::kafka;
#[cfg(feature = "kinesis")]
pub use sources::kinesis;
#[cfg(feature = "sqs")]
pub use sources::sqs;
pub use sources::{BatchEvent, DeliveryOrder};

// Not for doctests: a test runs the blocks and compares their output.
#[cfg(not(doctest))]
#[doc = include_str!("../docs/guide.md")]
pub mod _guide {}
