//! `KinesisEventRecord`, a record of a Kinesis event.

use std::borrow::Cow;
use std::time::SystemTime;

use serde::Serialize;
use serde::de::{IgnoredAny, MapAccess};

use crate::sources::reading::{
    Content, Fields, FromFields, Kind, Text, Time, Unreadable, decode_base64, impl_deserialize, read, write_time,
};
use crate::{BatchRecord, DecodeError, RecordBody};

/// A record of a Kinesis stream, with what Lambda says about it.
///
/// Deserializing never fails because of a field: one that is missing, null or of an unexpected type is `None` or
/// empty. The record fails, and its handler is not called, only if `kinesis` is not an object or its `data` is neither text
/// nor null.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct KinesisEventRecord {
    /// The stream's region.
    pub aws_region: Option<String>,
    /// The shard's id and the sequence number.
    #[serde(rename = "eventID")]
    pub event_id: Option<String>,
    /// `aws:kinesis:record`.
    pub event_name: Option<String>,
    /// `aws:kinesis`.
    pub event_source: Option<String>,
    /// The stream's ARN.
    #[serde(rename = "eventSourceARN")]
    pub event_source_arn: Option<String>,
    /// The version of the event's format.
    pub event_version: Option<String>,
    /// The ARN of the function's role.
    pub invoke_identity_arn: Option<String>,
    /// The record as the stream has it.
    pub kinesis: KinesisRecord,
    #[serde(skip)]
    pub(super) is_from_pipe: bool,
    #[serde(skip)]
    unreadable: Unreadable,
}

/// A record as a Kinesis stream has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct KinesisRecord {
    /// When the record arrived in the stream.
    #[serde(serialize_with = "write_time")]
    pub approximate_arrival_timestamp: Option<SystemTime>,
    /// The data, in Base64; see [`data`](Self::data).
    #[serde(rename = "data")]
    pub encoded_data: Option<String>,
    /// `NONE` or `KMS`: how the stream stores the record. Lambda delivers it decrypted.
    pub encryption_type: Option<String>,
    /// The partition key; empty if the event has none.
    pub partition_key: String,
    /// The sequence number with which the record is reported; empty if the event has none.
    pub sequence_number: String,
    /// The version of the record's format.
    pub kinesis_schema_version: Option<String>,
    #[serde(skip)]
    unreadable: Unreadable,
}

impl KinesisRecord {
    /// Returns the data's bytes.
    ///
    /// # Errors
    ///
    /// Returns an error if the record has no data or the data is not valid Base64.
    pub fn data(&self) -> Result<Vec<u8>, DecodeError> {
        match &self.encoded_data {
            None => Err(DecodeError::missing("the record has no data")),
            Some(encoded) => decode_base64(encoded, "data"),
        }
    }
}

impl BatchRecord for KinesisEventRecord {
    /// Returns the sequence number, or the `eventID` if the record comes from EventBridge Pipes, which expects it.
    fn id(&self) -> Option<Cow<'_, str>> {
        if self.is_from_pipe {
            return self.event_id.as_deref().map(Cow::Borrowed);
        }
        Some(Cow::Borrowed(&self.kinesis.sequence_number))
    }

    fn group(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(&self.kinesis.partition_key))
    }

    fn check(&self) -> Result<(), DecodeError> {
        self.unreadable.check()?;
        self.kinesis.unreadable.check()
    }
}

impl RecordBody for KinesisEventRecord {
    fn body(&self) -> Result<Cow<'_, [u8]>, DecodeError> {
        self.kinesis.data().map(Cow::Owned)
    }
}

impl_deserialize!(KinesisEventRecord, KinesisRecord);

impl FromFields for KinesisEventRecord {
    fn read_field<'de, A: MapAccess<'de>>(&mut self, name: &str, value: &mut A) -> Result<(), A::Error> {
        match name {
            "awsRegion" => self.aws_region = read(value, Text)?,
            "eventID" => self.event_id = read(value, Text)?,
            "eventName" => self.event_name = read(value, Text)?,
            "eventSource" | "EventSource" => self.event_source = read(value, Text)?,
            "eventSourceARN" => self.event_source_arn = read(value, Text)?,
            "eventVersion" => self.event_version = read(value, Text)?,
            "invokeIdentityArn" => self.invoke_identity_arn = read(value, Text)?,
            "kinesis" => self.kinesis = read(value, Fields::new())?,
            // EventBridge Pipes sends the fields of `kinesis` with the others.
            name => self.kinesis.read_field(name, value)?,
        }
        Ok(())
    }

    fn note_other(&mut self, came: Kind) {
        self.unreadable.note(format_args!("it is {came}, expected an object"));
    }
}

impl FromFields for KinesisRecord {
    fn read_field<'de, A: MapAccess<'de>>(&mut self, name: &str, value: &mut A) -> Result<(), A::Error> {
        match name {
            "approximateArrivalTimestamp" => self.approximate_arrival_timestamp = read(value, Time)?,
            "data" => match read(value, Content)? {
                Ok(data) => self.encoded_data = data,
                Err(came) => self
                    .unreadable
                    .note(format_args!("its `data` is {came}, expected text")),
            },
            "encryptionType" => self.encryption_type = read(value, Text)?,
            "partitionKey" => self.partition_key = read(value, Text)?.unwrap_or_default(),
            "sequenceNumber" => self.sequence_number = read(value, Text)?.unwrap_or_default(),
            "kinesisSchemaVersion" => self.kinesis_schema_version = read(value, Text)?,
            _ => value.next_value::<IgnoredAny>().map(|_| ())?,
        }
        Ok(())
    }

    fn note_other(&mut self, came: Kind) {
        self.unreadable
            .note(format_args!("its `kinesis` is {came}, expected an object"));
    }
}
