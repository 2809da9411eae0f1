//! `BatchEvent`, the trait of events that carry a batch, and how a source delivers its records.

use crate::BatchRecord;

/// An event with a batch of records, and the response that names those that failed.
///
/// Implemented for the events of Amazon SQS, Kinesis, DynamoDB Streams and Kafka. Implement it for an event of your own
/// and use it with [`Batch::new`](crate::Batch::new). No method may panic.
pub trait BatchEvent {
    /// A record of the batch.
    type Record: BatchRecord;

    /// What Lambda reads: which records it has to deliver again.
    type Response: 'static;

    /// The values of `eventSource` that belong to this event; empty where any will do.
    const SOURCES: &'static [&'static str];

    /// The name that a record's id has in the event, for errors.
    const ID: &'static str;

    /// Returns where the event says it comes from.
    fn source(&self) -> Option<&str>;

    /// Returns the records, in the order in which they were delivered.
    fn into_records(self) -> Vec<Self::Record>;

    /// Returns how the source delivers these records, and what it does with the failed ones.
    fn delivery(records: &[Self::Record]) -> DeliveryOrder;

    /// Returns the response that reports `failed`, which are in the order of delivery.
    ///
    /// Every record has an id that is not empty: a batch with another kind never gets here.
    fn response<'a>(failed: impl Iterator<Item = &'a Self::Record>) -> Self::Response;
}

/// How a source delivers records, and what it delivers again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeliveryOrder {
    /// In any order; exactly the reported records come again. A standard queue.
    Unordered,
    /// In order within a group; exactly the reported records come again. A FIFO queue.
    Fifo,
    /// In order; everything from the first reported record on comes again. A Kinesis shard, a DynamoDB stream.
    Stream,
    /// In order within a group; everything of it from its first reported record on comes again. Kafka's partitions.
    Partitions,
}
