#![doc = include_str!("../README.md")]

#[cfg(feature = "sqs")]
mod back_off;
mod batch;
mod deadline;
mod decode_error;
#[cfg(feature = "dynamodb")]
mod dynamodb;
mod event;
mod extract;
mod handler;
#[cfg(feature = "kafka")]
mod kafka;
#[cfg(feature = "kinesis")]
mod kinesis;
mod ledger;
mod options;
mod policy;
mod process;
mod process_error;
mod record;
mod record_error;
mod run;
mod schedule;
#[cfg(feature = "sqs")]
mod sqs;
#[cfg(feature = "sqs-backoff")]
mod visibility;

#[cfg(feature = "sqs")]
pub use back_off::BackOff;
pub use batch::{Batch, BatchFuture};
pub use decode_error::DecodeError;
#[cfg(feature = "dynamodb")]
pub use dynamodb::{Change, DynamoDbEvent, DynamoDbEventRecord, DynamoDbEventResponse, Keys, NewImage, OldImage};
pub use event::{BatchEvent, Delivery};
pub use extract::{FromRecord, Json};
pub use handler::{Handling, RecordFn, RecordHandler, record_fn};
#[cfg(feature = "kafka")]
pub use kafka::{KafkaBatchItem, KafkaBatchItemFailure, KafkaEvent, KafkaEventResponse, KafkaRecord, SchemaMetadata};
#[cfg(feature = "kinesis")]
pub use kinesis::{KinesisEvent, KinesisEventRecord, KinesisEventResponse};
pub use ledger::Summary;
pub use policy::{AfterFailure, FullFailure, Verdict};
pub use process::process;
pub use process_error::{FullBatchFailure, InvalidEvent, ProcessError, Result};
pub use record::{BatchRecord, Payload, Record};
pub use record_error::RecordError;
#[cfg(feature = "sqs")]
pub use sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
#[cfg(feature = "sqs-backoff")]
pub use visibility::VisibilityBackOff;
