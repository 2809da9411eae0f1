//! `BatchEvent`, the trait of events that carry a batch, and `DeliveryOrder`, how a source delivers records.

use serde_json::Value;

use crate::BatchRecord;

/// An event with a batch of records, and the response that reports those that failed.
///
/// Implemented for the events of Amazon SQS, Kinesis, DynamoDB Streams and Kafka, each behind a feature. For another
/// source, implement it for your event and pass the service to [`Batch::new`](crate::Batch::new). No method may panic.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event with a batch of records",
    label = "not a batch event",
    note = "use `sqs::SqsEvent`, `kinesis::KinesisEvent`, `dynamodb::DynamoDbEvent` or `kafka::KafkaEvent` of this crate, each behind a feature",
    note = "an event of `aws_lambda_events` is not one, because a single odd record fails it before the first is processed: import the event of the same name from this crate"
)]
pub trait BatchEvent {
    /// A record of the batch.
    type Record: BatchRecord;

    /// The response, which tells Lambda which records to deliver again.
    type Response: 'static;

    /// The accepted values of `eventSource`; if empty, any value is accepted.
    const SOURCES: &'static [&'static str];

    /// The name of the field with a record's id, for error messages.
    const ID: &'static str;

    /// Returns the event's `eventSource`, if it has one.
    fn source(&self) -> Option<&str>;

    /// Takes the state of the event's tumbling window, which the response has to carry. Default: `None`.
    fn take_state(&mut self) -> Option<Value> {
        None
    }

    /// Returns the records, in the order in which they were delivered.
    fn into_records(self) -> Vec<Self::Record>;

    /// Returns how the source delivers these records and which it delivers again after a failure.
    fn delivery(records: &[Self::Record]) -> DeliveryOrder;

    /// Returns the response that reports the records in `failed`, which are in the order of delivery.
    ///
    /// Every record has a non-empty id: if one without an id is to be reported, the batch fails as a whole.
    fn response<'a>(failed: impl Iterator<Item = &'a Self::Record>) -> Self::Response;

    /// Puts the state of the event's tumbling window into the response. Default: does nothing.
    fn put_state(_response: &mut Self::Response, _state: Value) {}
}

/// How a source delivers records and which it delivers again after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeliveryOrder {
    /// In any order; exactly the reported records are delivered again. An SQS standard queue.
    Unordered,
    /// In order within a group; exactly the reported records are delivered again. An SQS FIFO queue.
    Fifo,
    /// In order; all records from the first reported one on are delivered again. A Kinesis shard, a DynamoDB stream.
    Stream,
    /// In order within a group; all records of the group from its first reported one on are delivered again. Kafka.
    Partitions,
}
