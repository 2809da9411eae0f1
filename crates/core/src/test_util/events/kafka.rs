//! `Kafka`, a batch of records of Apache Kafka topics.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::encode::base64;
use super::event::{builds_event, to_text};
use super::sample::{TIME_MILLIS, arn};

/// Returns an empty batch of an Amazon MSK cluster.
///
/// Offsets ascend in each partition, from 15.
///
/// Shape: [Using Lambda with Amazon MSK](https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html).
///
/// ```
/// use powertools_lambda_core::test_util::events;
///
/// let event = events::kafka()
///     .record("orders", "first")
///     .record_with("orders", "second", |record| record.key("A-1").partition(1))
///     .into_json();
/// assert_eq!(event["records"]["orders-1"][0]["key"], "QS0x");
/// ```
pub fn kafka() -> Kafka {
    Kafka {
        is_self_managed: false,
        records: Vec::new(),
    }
}

/// Builds a Kafka event; see [`kafka`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until its event is used"]
pub struct Kafka {
    is_self_managed: bool,
    records: Vec<KafkaRecordBuilder>,
}

/// Builds a record of a [`Kafka`] event.
#[derive(Clone, Debug)]
#[must_use = "return it from the closure"]
pub struct KafkaRecordBuilder {
    topic: String,
    value: Vec<u8>,
    partition: u32,
    offset: Option<u64>,
    key: Option<Vec<u8>>,
    headers: Vec<(String, Vec<u8>)>,
}

impl Kafka {
    /// Makes it the event of a [self-managed](https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html) cluster.
    pub fn self_managed(mut self) -> Self {
        self.is_self_managed = true;
        self
    }

    /// Adds a record of a topic's partition 0.
    pub fn record(self, topic: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.record_with(topic, value, |record| record)
    }

    /// Adds a record whose value is the JSON of `value`.
    ///
    /// # Panics
    ///
    /// Panics if `value` cannot be serialized.
    #[track_caller]
    pub fn json_record(self, topic: impl Into<String>, value: &(impl Serialize + ?Sized)) -> Self {
        self.record(topic, to_text(value))
    }

    /// Adds a record with further properties.
    pub fn record_with(
        mut self,
        topic: impl Into<String>,
        value: impl Into<Vec<u8>>,
        configure: impl FnOnce(KafkaRecordBuilder) -> KafkaRecordBuilder,
    ) -> Self {
        self.records.push(configure(KafkaRecordBuilder {
            topic: topic.into(),
            value: value.into(),
            partition: 0,
            offset: None,
            key: None,
            headers: Vec::new(),
        }));
        self
    }

    fn build(self) -> Value {
        let mut partitions = BTreeMap::<String, Vec<Value>>::new();
        for record in self.records {
            let partition = partitions
                .entry(format!("{}-{}", record.topic, record.partition))
                .or_default();
            let headers: Vec<_> = record
                .headers
                .iter()
                .map(|(name, value)| Map::from_iter([(name.clone(), signed(value))]))
                .collect();
            partition.push(json!({
                "topic": record.topic,
                "partition": record.partition,
                "offset": record.offset.unwrap_or(15 + partition.len() as u64),
                "timestamp": TIME_MILLIS,
                "timestampType": "CREATE_TIME",
                "key": record.key.map(base64),
                "value": base64(record.value),
                "headers": headers,
            }));
        }
        let brokers = "b-2.orders.a1bcde.c1.kafka.eu-west-1.amazonaws.com:9092,\
                       b-1.orders.a1bcde.c1.kafka.eu-west-1.amazonaws.com:9092";
        if self.is_self_managed {
            return json!({
                "eventSource": "SelfManagedKafka",
                "bootstrapServers": "broker-1.example.com:9092,broker-2.example.com:9092",
                "records": partitions,
            });
        }
        json!({
            "eventSource": "aws:kafka",
            "eventSourceArn": arn("kafka", "cluster/orders/751d2973-a626-431c-9d4e-d7975eb44dd7-2"),
            "bootstrapServers": brokers,
            "records": partitions,
        })
    }
}

impl KafkaRecordBuilder {
    /// Sets the key. Default: none.
    pub fn key(mut self, key: impl Into<Vec<u8>>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Sets the partition. Default: 0.
    pub fn partition(mut self, partition: u32) -> Self {
        self.partition = partition;
        self
    }

    /// Sets the offset. Default: ascending offsets in each partition, from 15.
    pub fn offset(mut self, offset: u64) -> Self {
        self.offset = Some(offset);
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

/// Returns the bytes of a header's value as Lambda writes them: as signed numbers, because Java's bytes are signed.
fn signed(bytes: &[u8]) -> Value {
    bytes.iter().map(|byte| byte.cast_signed()).collect()
}

builds_event!(Kafka);
