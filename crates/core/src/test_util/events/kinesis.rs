//! `Kinesis`, a batch of records of a stream.

use serde::Serialize;
use serde_json::{Value, json};

use super::encode::base64;
use super::event::{builds_event, to_text};
use super::sample::{ACCOUNT, REGION, arn, sequence_number};

/// Returns an empty batch of the shard `shardId-000000000006` of the stream `orders`.
///
/// Shape: [Using Lambda to process records from Amazon Kinesis Data
/// Streams](https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html).
///
/// ```
/// use powertools_lambda_core::test_util::events;
///
/// let event = events::kinesis()
///     .record("first")
///     .record_with("second", |record| record.partition_key("tenant-7"))
///     .into_json();
/// assert_eq!(event["Records"][0]["kinesis"]["data"], "Zmlyc3Q=");
/// ```
pub fn kinesis() -> Kinesis {
    Kinesis {
        stream: "orders".to_owned(),
        records: Vec::new(),
    }
}

/// Builds a Kinesis event; see [`kinesis`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until its event is used"]
pub struct Kinesis {
    stream: String,
    records: Vec<KinesisRecordBuilder>,
}

/// Builds a record of a [`Kinesis`] event.
#[derive(Clone, Debug)]
#[must_use = "return it from the closure"]
pub struct KinesisRecordBuilder {
    data: Vec<u8>,
    partition_key: String,
    sequence_number: Option<String>,
}

impl Kinesis {
    /// Sets the stream's name.
    pub fn stream(mut self, name: impl Into<String>) -> Self {
        self.stream = name.into();
        self
    }

    /// Adds a record with these bytes.
    pub fn record(self, data: impl Into<Vec<u8>>) -> Self {
        self.record_with(data, |record| record)
    }

    /// Adds a record whose data is the JSON of `data`.
    ///
    /// # Panics
    ///
    /// Panics if `data` cannot be serialized.
    #[track_caller]
    pub fn json_record(self, data: &(impl Serialize + ?Sized)) -> Self {
        self.record(to_text(data))
    }

    /// Adds a record with further properties.
    pub fn record_with(
        mut self,
        data: impl Into<Vec<u8>>,
        configure: impl FnOnce(KinesisRecordBuilder) -> KinesisRecordBuilder,
    ) -> Self {
        self.records.push(configure(KinesisRecordBuilder {
            data: data.into(),
            partition_key: "1".to_owned(),
            sequence_number: None,
        }));
        self
    }

    fn build(self) -> Value {
        let Self { stream, records } = self;
        let record = |(index, record): (usize, KinesisRecordBuilder)| {
            let sequence_number = record.sequence_number.unwrap_or_else(|| sequence_number(index));
            json!({
                "kinesis": {
                    "kinesisSchemaVersion": "1.0",
                    "partitionKey": record.partition_key,
                    "sequenceNumber": sequence_number,
                    "data": base64(record.data),
                    "approximateArrivalTimestamp": 1_768_473_000.125,
                },
                "eventSource": "aws:kinesis",
                "eventVersion": "1.0",
                "eventID": format!("shardId-000000000006:{sequence_number}"),
                "eventName": "aws:kinesis:record",
                "invokeIdentityArn": format!("arn:aws:iam::{ACCOUNT}:role/order-fn"),
                "awsRegion": REGION,
                "eventSourceARN": arn("kinesis", &format!("stream/{stream}")),
            })
        };
        let records: Vec<_> = records.into_iter().enumerate().map(record).collect();
        json!({ "Records": records })
    }
}

impl KinesisRecordBuilder {
    /// Sets the partition key. Default: `1`.
    pub fn partition_key(mut self, key: impl Into<String>) -> Self {
        self.partition_key = key.into();
        self
    }

    /// Sets the sequence number. Default: ascending numbers.
    pub fn sequence_number(mut self, number: impl Into<String>) -> Self {
        self.sequence_number = Some(number.into());
        self
    }
}

builds_event!(Kinesis);
