//! Amazon Kinesis Data Streams.

use std::borrow::Cow;

pub use aws_lambda_events::kinesis::{KinesisEvent, KinesisEventRecord};
pub use aws_lambda_events::streams::KinesisEventResponse;
use tower_service::Service;

use crate::{Batch, BatchEvent, BatchRecord, DecodeError, DeliveryOrder, Record, RecordBody};

impl<S> Batch<S, KinesisEvent> {
    /// Creates a processor for Amazon Kinesis Data Streams, with a service that handles one record.
    pub fn kinesis(service: S) -> Self
    where
        S: Service<Record<KinesisEventRecord>>,
    {
        Self::new(service)
    }
}

impl BatchEvent for KinesisEvent {
    type Record = KinesisEventRecord;
    type Response = KinesisEventResponse;

    const SOURCES: &'static [&'static str] = &["aws:kinesis"];
    const ID: &'static str = "kinesis.sequenceNumber";

    fn source(&self) -> Option<&str> {
        self.records.first()?.event_source.as_deref()
    }

    fn into_records(self) -> Vec<KinesisEventRecord> {
        self.records
    }

    fn delivery(_: &[KinesisEventRecord]) -> DeliveryOrder {
        DeliveryOrder::Stream
    }

    fn response<'a>(failed: impl Iterator<Item = &'a KinesisEventRecord>) -> KinesisEventResponse {
        let mut response = KinesisEventResponse::default();
        response.set_failures(failed.map(|record| record.kinesis.sequence_number.clone()));
        response
    }
}

impl BatchRecord for KinesisEventRecord {
    fn id(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(&self.kinesis.sequence_number))
    }

    fn group(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(&self.kinesis.partition_key))
    }
}

impl RecordBody for KinesisEventRecord {
    fn body(&self) -> Result<Cow<'_, [u8]>, DecodeError> {
        Ok(Cow::Borrowed(&self.kinesis.data))
    }
}
