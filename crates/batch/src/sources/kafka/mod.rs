//! Apache Kafka, on Amazon MSK and self-managed.

mod headers;
mod record;
mod topic;

pub use self::record::{KafkaRecord, SchemaMetadata};
pub use self::topic::{KafkaBatchItem, KafkaBatchItemFailure, KafkaEvent, KafkaEventResponse};
