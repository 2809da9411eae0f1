//! `KafkaRecord`, a record of a Kafka event.

use std::borrow::Cow;

use serde::de::{IgnoredAny, MapAccess};

use super::headers::Headers;
use crate::sources::reading::{
    Content, Fields, FromFields, Integer, Kind, Reader, Text, Unreadable, decode_base64, impl_deserialize, read,
};
use crate::{BatchRecord, DecodeError, RecordBody};

/// A Kafka record.
///
/// Deserializing never fails because of a field: one that is missing, null or of an unexpected type is `None` or empty.
/// The record fails, and its handler is not called, only if `key` or `value` is neither text nor null.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct KafkaRecord {
    /// `<topic>-<partition>`, as in the event.
    pub topic_partition: String,
    /// The topic.
    pub topic: Option<String>,
    /// The partition's number.
    pub partition: Option<i64>,
    /// The offset in the partition.
    pub offset: Option<i64>,
    /// When the record was created or appended, in milliseconds since the Unix epoch.
    pub timestamp: Option<i64>,
    /// `CREATE_TIME` or `LOG_APPEND_TIME`.
    pub timestamp_type: Option<String>,
    /// The key, in Base64; see [`key`](Self::key).
    pub encoded_key: Option<String>,
    /// The value, in Base64; see [`value`](Self::value).
    pub encoded_value: Option<String>,
    /// The headers, each with the bytes of its value; see [`header`](Self::header).
    pub headers: Vec<(String, Vec<u8>)>,
    /// The schema of the key in a schema registry.
    pub key_schema_metadata: Option<SchemaMetadata>,
    /// The schema of the value in a schema registry.
    pub value_schema_metadata: Option<SchemaMetadata>,
    /// The source of a record that comes from EventBridge Pipes, until it is moved to the event.
    pub(super) event_source: Option<String>,
    unreadable: Unreadable,
}

/// The schema of a key or a value in a schema registry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SchemaMetadata {
    /// `JSON`, `AVRO` or `PROTOBUF`.
    pub data_format: Option<String>,
    /// The schema's id.
    pub schema_id: Option<String>,
}

impl KafkaRecord {
    /// Returns the key's bytes; `None` if the record has no key.
    ///
    /// # Errors
    ///
    /// Returns an error if the key is not valid Base64.
    pub fn key(&self) -> Result<Option<Vec<u8>>, DecodeError> {
        let encoded = self.encoded_key.as_deref();
        encoded.map(|encoded| decode_base64(encoded, "key")).transpose()
    }

    /// Returns the value's bytes; `None` for a tombstone.
    ///
    /// # Errors
    ///
    /// Returns an error if the value is not valid Base64.
    pub fn value(&self) -> Result<Option<Vec<u8>>, DecodeError> {
        let encoded = self.encoded_value.as_deref();
        encoded.map(|encoded| decode_base64(encoded, "value")).transpose()
    }

    /// Returns the bytes of the first header with this name.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        let header = self.headers.iter().find(|(known, _)| known == name);
        header.map(|(_, value)| value.as_slice())
    }

    /// Returns a record that takes the place of records that are not an array.
    pub(super) fn instead_of(came: Kind) -> Self {
        let mut record = Self::default();
        record
            .unreadable
            .note(format_args!("its partition is {came}, expected an array of records"));
        record
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

    fn check(&self) -> Result<(), DecodeError> {
        self.unreadable.check()
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

impl_deserialize!(KafkaRecord, SchemaMetadata);

impl FromFields for KafkaRecord {
    fn read_field<'de, A: MapAccess<'de>>(&mut self, name: &str, value: &mut A) -> Result<(), A::Error> {
        match name {
            "topic" => self.topic = read(value, Text)?,
            "partition" => self.partition = read(value, Integer)?,
            "offset" => self.offset = read(value, Integer)?,
            "timestamp" => self.timestamp = read(value, Integer)?,
            "timestampType" => self.timestamp_type = read(value, Text)?,
            "key" | "value" => match read(value, Content)? {
                Ok(encoded) if name == "key" => self.encoded_key = encoded,
                Ok(encoded) => self.encoded_value = encoded,
                Err(came) => self
                    .unreadable
                    .note(format_args!("its `{name}` is {came}, expected text")),
            },
            "headers" => self.headers = read(value, Headers)?,
            "keySchemaMetadata" => self.key_schema_metadata = read(value, Schema)?,
            "valueSchemaMetadata" => self.value_schema_metadata = read(value, Schema)?,
            // EventBridge Pipes sends the partition's name and the source with each record.
            "eventSourceKey" => self.topic_partition = read(value, Text)?.unwrap_or_default(),
            "eventSource" => self.event_source = read(value, Text)?,
            _ => value.next_value::<IgnoredAny>().map(|_| ())?,
        }
        Ok(())
    }

    fn note_other(&mut self, came: Kind) {
        self.unreadable.note(format_args!("it is {came}, expected an object"));
    }
}

impl FromFields for SchemaMetadata {
    fn read_field<'de, A: MapAccess<'de>>(&mut self, name: &str, value: &mut A) -> Result<(), A::Error> {
        match name {
            "dataFormat" => self.data_format = read(value, Text)?,
            "schemaId" => self.schema_id = read(value, Text)?,
            _ => value.next_value::<IgnoredAny>().map(|_| ())?,
        }
        Ok(())
    }
}

/// Reads a schema; anything but an object is `None`.
struct Schema;

impl<'de> Reader<'de> for Schema {
    type Value = Option<SchemaMetadata>;

    fn other(self, _: Kind) -> Self::Value {
        None
    }

    fn object<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        Fields::new().object(object).map(Some)
    }
}
