//! Amazon Kinesis Data Streams.

mod record;
mod stream;

pub use self::record::{KinesisEventRecord, KinesisRecord};
pub use self::stream::{KinesisBatchItemFailure, KinesisEvent, KinesisEventResponse};
