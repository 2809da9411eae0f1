//! `KinesisEvent`: batches of a shard's records.

use serde::de::{MapAccess, SeqAccess};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use tower_service::Service;

use super::KinesisEventRecord;
use crate::sources::TimeWindow;
use crate::sources::reading::{EventFields, List, Reader, Records, read, read_event, source_of};
use crate::{Batch, BatchEvent, BatchRecord, DeliveryOrder, Record};

/// A batch of records of a Kinesis shard.
///
/// Each record is decoded separately, so an unexpected field affects only its own record. The array that EventBridge Pipes
/// sends is read, too.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct KinesisEvent {
    /// The records.
    #[serde(rename = "Records")]
    pub records: Vec<KinesisEventRecord>,
    /// The tumbling window, if the event source mapping has one.
    #[serde(flatten)]
    pub window: Option<TimeWindow>,
}

/// The response, which tells Lambda which records failed, and the state of the tumbling window.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct KinesisEventResponse {
    /// The records that failed.
    pub batch_item_failures: Vec<KinesisBatchItemFailure>,
    /// The state for the window's next invocation. Default: the event's, if it has a window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Value>,
}

/// A record that failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct KinesisBatchItemFailure {
    /// The record's sequence number; its `eventID` if it came from EventBridge Pipes.
    pub item_identifier: String,
}

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
        source_of(
            Self::SOURCES,
            self.records.iter().map(|record| record.event_source.as_deref()),
        )
    }

    fn take_state(&mut self) -> Option<Value> {
        self.window.as_mut().map(|window| window.state.take())
    }

    fn into_records(self) -> Vec<KinesisEventRecord> {
        self.records
    }

    fn delivery(_: &[KinesisEventRecord]) -> DeliveryOrder {
        DeliveryOrder::Stream
    }

    fn response<'a>(failed: impl Iterator<Item = &'a KinesisEventRecord>) -> KinesisEventResponse {
        let failure = |record: &KinesisEventRecord| {
            let item_identifier = record.id()?.into_owned();
            Some(KinesisBatchItemFailure { item_identifier })
        };
        KinesisEventResponse {
            batch_item_failures: failed.filter_map(failure).collect(),
            state: None,
        }
    }

    fn put_state(response: &mut KinesisEventResponse, state: Value) {
        response.state = Some(state);
    }
}

impl<'de> Deserialize<'de> for KinesisEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_event(deserializer)
    }
}

impl EventFields for KinesisEvent {
    const WHAT: &'static str = "an event of Amazon Kinesis Data Streams";
    const RECORDS: &'static str = "Records";

    fn read_records<'de, A: MapAccess<'de>>(&mut self, value: &mut A) -> Result<Records, A::Error> {
        let records = read(value, List::new())?;
        Ok(records.map(|records| self.records = records))
    }

    fn read_array<'de, A: SeqAccess<'de>>(&mut self, array: A) -> Result<(), A::Error> {
        self.records = List::new().array(array)?.unwrap_or_default();
        for record in &mut self.records {
            record.is_from_pipe = true;
        }
        Ok(())
    }

    fn read_field<'de, A: MapAccess<'de>>(&mut self, name: &str, value: &mut A) -> Result<(), A::Error> {
        TimeWindow::read_field(&mut self.window, name, value)
    }
}
