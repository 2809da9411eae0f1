//! Apache Kafka, on Amazon MSK and self-managed.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use tower_service::Service;

use crate::{Batch, BatchEvent, BatchRecord, DecodeError, DeliveryOrder, Record, RecordBody};

/// A batch of Kafka records, in the order in which they were delivered.
///
/// This is not the type of `aws_lambda_events`, which keeps the partitions in a hash map and so loses their order. Keys
/// and values are decoded on access, so an invalid one fails only its own record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct KafkaEvent {
    /// `aws:kafka` for Amazon MSK, `SelfManagedKafka` otherwise.
    #[serde(default)]
    pub event_source: Option<String>,
    /// The cluster's ARN; Amazon MSK only.
    #[serde(default)]
    pub event_source_arn: Option<String>,
    /// The brokers, separated by commas.
    #[serde(default)]
    pub bootstrap_servers: Option<String>,
    /// The records of all partitions.
    #[serde(deserialize_with = "records")]
    pub records: Vec<KafkaRecord>,
}

/// A Kafka record.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct KafkaRecord {
    /// `<topic>-<partition>`, as in the event.
    #[serde(skip)]
    pub topic_partition: String,
    /// The topic.
    #[serde(default)]
    pub topic: Option<String>,
    /// The partition's number.
    #[serde(default)]
    pub partition: Option<i64>,
    /// The offset in the partition.
    #[serde(default)]
    pub offset: Option<i64>,
    /// When the record was created or appended, in milliseconds since the Unix epoch.
    #[serde(default)]
    pub timestamp: Option<i64>,
    /// `CREATE_TIME` or `LOG_APPEND_TIME`.
    #[serde(default)]
    pub timestamp_type: Option<String>,
    /// The key, in Base64; see [`key`](Self::key).
    #[serde(default, rename = "key")]
    pub encoded_key: Option<String>,
    /// The value, in Base64; see [`value`](Self::value).
    #[serde(default, rename = "value")]
    pub encoded_value: Option<String>,
    /// The headers, each with the bytes of its value; see [`header`](Self::header).
    #[serde(default, deserialize_with = "headers")]
    pub headers: Vec<(String, Vec<u8>)>,
    /// The schema of the key in a schema registry.
    #[serde(default)]
    pub key_schema_metadata: Option<SchemaMetadata>,
    /// The schema of the value in a schema registry.
    #[serde(default)]
    pub value_schema_metadata: Option<SchemaMetadata>,
}

/// The schema of a key or a value in a schema registry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SchemaMetadata {
    /// `JSON`, `AVRO` or `PROTOBUF`.
    #[serde(default)]
    pub data_format: Option<String>,
    /// The schema's id.
    #[serde(default)]
    pub schema_id: Option<String>,
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

impl KafkaRecord {
    /// Returns the key's bytes; `None` if the record has no key.
    ///
    /// # Errors
    ///
    /// Returns an error if the key is not valid Base64.
    pub fn key(&self) -> Result<Option<Vec<u8>>, DecodeError> {
        decode(self.encoded_key.as_deref(), "key")
    }

    /// Returns the value's bytes; `None` for a tombstone.
    ///
    /// # Errors
    ///
    /// Returns an error if the value is not valid Base64.
    pub fn value(&self) -> Result<Option<Vec<u8>>, DecodeError> {
        decode(self.encoded_value.as_deref(), "value")
    }

    /// Returns the bytes of the first header with this name.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        let header = self.headers.iter().find(|(known, _)| known == name);
        header.map(|(_, value)| value.as_slice())
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

impl BatchRecord for KafkaRecord {
    /// Returns `<topic>-<partition>:<offset>`.
    fn id(&self) -> Option<Cow<'_, str>> {
        let offset = self.offset?;
        if self.topic_partition.is_empty() {
            return None;
        }
        Some(Cow::Owned(format!("{}:{offset}", self.topic_partition)))
    }

    fn group(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(&self.topic_partition))
    }
}

impl RecordBody for KafkaRecord {
    fn body(&self) -> Result<Cow<'_, [u8]>, DecodeError> {
        let value = self.value()?;
        value
            .map(Cow::Owned)
            .ok_or_else(|| DecodeError::missing("the record has no value"))
    }
}

fn decode(encoded: Option<&str>, what: &str) -> Result<Option<Vec<u8>>, DecodeError> {
    let decoded = encoded.map(|encoded| STANDARD.decode(encoded)).transpose();
    decoded.map_err(|error| DecodeError::new(format!("the record's {what} is not valid Base64")).with_source(error))
}

/// Reads `{"topic-0": [record, …], …}` and keeps the order of the partitions.
fn records<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<KafkaRecord>, D::Error> {
    struct Partitions;

    impl<'de> Visitor<'de> for Partitions {
        type Value = Vec<KafkaRecord>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map from partitions to records")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut all = Vec::new();
            while let Some((topic_partition, mut records)) = map.next_entry::<String, Vec<KafkaRecord>>()? {
                for record in &mut records {
                    record.topic_partition.clone_from(&topic_partition);
                }
                all.append(&mut records);
            }
            Ok(all)
        }
    }

    deserializer.deserialize_map(Partitions)
}

/// Reads `[{"name": [104, -1]}, …]`: Lambda writes bytes as signed numbers, other tools write unsigned ones.
fn headers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, Vec<u8>)>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Bytes {
        Numbers(Vec<i16>),
        Other(IgnoredAny),
    }

    let headers = Option::<Vec<std::collections::BTreeMap<String, Bytes>>>::deserialize(deserializer)?;
    let pairs = headers.into_iter().flatten().flatten();
    Ok(pairs
        .map(|(name, bytes)| match bytes {
            Bytes::Numbers(numbers) => (name, numbers.iter().map(|number| number.to_le_bytes()[0]).collect()),
            Bytes::Other(IgnoredAny) => (name, Vec::new()),
        })
        .collect())
}
