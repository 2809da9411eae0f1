//! The events of each source, their records and their responses.

mod batch_event;
#[cfg(feature = "dynamodb")]
mod dynamodb;
#[cfg(feature = "kafka")]
mod kafka;
#[cfg(feature = "kinesis")]
mod kinesis;
#[cfg(feature = "sqs")]
mod sqs;

pub use self::batch_event::{BatchEvent, Delivery};
#[cfg(feature = "dynamodb")]
pub use self::dynamodb::{Change, DynamoDbEvent, DynamoDbEventRecord, DynamoDbEventResponse, Keys, NewImage, OldImage};
#[cfg(feature = "kafka")]
pub use self::kafka::{
    KafkaBatchItem, KafkaBatchItemFailure, KafkaEvent, KafkaEventResponse, KafkaRecord, SchemaMetadata,
};
#[cfg(feature = "kinesis")]
pub use self::kinesis::{KinesisEvent, KinesisEventRecord, KinesisEventResponse};
#[cfg(feature = "sqs-backoff")]
pub use self::sqs::VisibilityBackOff;
#[cfg(feature = "sqs")]
pub use self::sqs::{BackOff, SqsBatchResponse, SqsEvent, SqsMessage};
