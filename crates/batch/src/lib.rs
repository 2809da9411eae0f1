#![doc = include_str!("../README.md")]

mod batch;
mod errors;
mod processing;
mod records;
mod sources;

pub use batch::{Batch, BatchFuture};
pub use errors::{DecodeError, FullBatchFailure, InvalidEvent, ProcessError, RecordError, Result};
pub use processing::{AfterFailure, FullFailure, Summary, Verdict, process};
pub use records::{BatchRecord, FromRecord, Handling, Json, Payload, Record, RecordFn, RecordHandler, record_fn};
#[cfg(feature = "sqs-backoff")]
pub use sources::VisibilityBackOff;
#[cfg(feature = "sqs")]
pub use sources::{BackOff, SqsBatchResponse, SqsEvent, SqsMessage};
pub use sources::{BatchEvent, Delivery};
#[cfg(feature = "dynamodb")]
pub use sources::{Change, DynamoDbEvent, DynamoDbEventRecord, DynamoDbEventResponse, Keys, NewImage, OldImage};
#[cfg(feature = "kafka")]
pub use sources::{KafkaBatchItem, KafkaBatchItemFailure, KafkaEvent, KafkaEventResponse, KafkaRecord, SchemaMetadata};
#[cfg(feature = "kinesis")]
pub use sources::{KinesisEvent, KinesisEventRecord, KinesisEventResponse};
