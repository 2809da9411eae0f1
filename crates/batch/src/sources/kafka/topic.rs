//! `KafkaEvent`: batches of records of several partitions.

use serde::de::{MapAccess, SeqAccess};
use serde::{Deserialize, Deserializer, Serialize};
use tower_service::Service;

use super::KafkaRecord;
use crate::sources::reading::{EventFields, Kind, List, Reader, Records, Text, read, read_event};
use crate::{Batch, BatchEvent, DeliveryOrder, Record};

/// A batch of Kafka records, in the order in which they were delivered.
///
/// This is not the type of `aws_lambda_events`, which keeps the partitions in a hash map and so loses their order. Keys
/// and values are decoded on access, so an invalid one fails only its own record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct KafkaEvent {
    /// `aws:kafka` for Amazon MSK, `SelfManagedKafka` otherwise.
    pub event_source: Option<String>,
    /// The cluster's ARN; Amazon MSK only.
    pub event_source_arn: Option<String>,
    /// The brokers, separated by commas.
    pub bootstrap_servers: Option<String>,
    /// The records of all partitions.
    pub records: Vec<KafkaRecord>,
}

/// The response, which tells Lambda which records failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct KafkaEventResponse {
    /// The records that failed.
    pub batch_item_failures: Vec<KafkaBatchItemFailure>,
}

/// A record that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct KafkaBatchItemFailure {
    /// Identifies the record.
    pub item_identifier: KafkaBatchItem,
}

/// The position of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct KafkaBatchItem {
    /// `<topic>-<partition>`.
    pub partition: String,
    /// The offset in the partition.
    pub offset: i64,
}

impl<S> Batch<S, KafkaEvent> {
    /// Creates a processor for Apache Kafka (Amazon MSK and self-managed), with a service that handles one record.
    pub fn kafka(service: S) -> Self
    where
        S: Service<Record<KafkaRecord>>,
    {
        Self::new(service)
    }
}

impl BatchEvent for KafkaEvent {
    type Record = KafkaRecord;
    type Response = KafkaEventResponse;

    const SOURCES: &'static [&'static str] = &["aws:kafka", "SelfManagedKafka"];
    const ID: &'static str = "offset";

    fn source(&self) -> Option<&str> {
        self.event_source.as_deref()
    }

    fn into_records(self) -> Vec<KafkaRecord> {
        self.records
    }

    fn delivery(_: &[KafkaRecord]) -> DeliveryOrder {
        DeliveryOrder::Partitions
    }

    fn response<'a>(failed: impl Iterator<Item = &'a KafkaRecord>) -> KafkaEventResponse {
        let failure = |record: &KafkaRecord| {
            let offset = record.offset?;
            let partition = record.topic_partition.clone();
            Some(KafkaBatchItemFailure {
                item_identifier: KafkaBatchItem { partition, offset },
            })
        };
        KafkaEventResponse {
            batch_item_failures: failed.filter_map(failure).collect(),
        }
    }
}

impl<'de> Deserialize<'de> for KafkaEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_event(deserializer)
    }
}

impl EventFields for KafkaEvent {
    const WHAT: &'static str = "an event of Apache Kafka";
    const RECORDS: &'static str = "records";

    fn read_records<'de, A: MapAccess<'de>>(&mut self, value: &mut A) -> Result<Records, A::Error> {
        let records = read(value, Partitions)?;
        Ok(records.map(|records| self.records = records))
    }

    fn read_array<'de, A: SeqAccess<'de>>(&mut self, array: A) -> Result<(), A::Error> {
        self.records = List::<KafkaRecord>::new().array(array)?.unwrap_or_default();
        for record in &mut self.records {
            if let (true, Some(topic), Some(partition)) =
                (record.topic_partition.is_empty(), &record.topic, record.partition)
            {
                record.topic_partition = format!("{topic}-{partition}");
            }
        }
        self.event_source = self.records.iter_mut().find_map(|record| record.event_source.take());
        Ok(())
    }

    fn read_field<'de, A: MapAccess<'de>>(&mut self, name: &str, value: &mut A) -> Result<(), A::Error> {
        match name {
            "eventSource" => self.event_source = read(value, Text)?,
            "eventSourceArn" => self.event_source_arn = read(value, Text)?,
            "bootstrapServers" => self.bootstrap_servers = read(value, Text)?,
            _ => value.next_value::<serde::de::IgnoredAny>().map(|_| ())?,
        }
        Ok(())
    }
}

/// Reads `{"topic-0": [record, …], …}` and keeps the order of the partitions.
struct Partitions;

impl<'de> Reader<'de> for Partitions {
    type Value = Result<Vec<KafkaRecord>, Kind>;

    fn other(self, came: Kind) -> Self::Value {
        Err(came)
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        while let Some(topic_partition) = object.next_key::<String>()? {
            let records = read(&mut object, List::<KafkaRecord>::new())?;
            // Records that are not an array must not be lost: one record fails in their place.
            let records = records.unwrap_or_else(|came| vec![KafkaRecord::instead_of(came)]);
            all.extend(records.into_iter().map(|mut record| {
                record.topic_partition.clone_from(&topic_partition);
                record
            }));
        }
        Ok(Ok(all))
    }
}
