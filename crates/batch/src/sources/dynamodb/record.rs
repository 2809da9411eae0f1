//! `DynamoDbEventRecord`, a change of an item.

use std::borrow::Cow;
use std::fmt::Write;
use std::time::SystemTime;

use serde::Serialize;
use serde::de::{IgnoredAny, MapAccess};
use serde_dynamo::Item;

use super::attribute::Attributes;
use crate::sources::reading::{
    Fields, FromFields, Integer, Kind, Reader, Text, Time, Unreadable, impl_deserialize, read, write_time,
};
use crate::{BatchRecord, DecodeError};

/// A change of an item, with what Lambda says about it.
///
/// Deserializing never fails because of a field: one that is missing, null or of an unexpected type is `None` or empty.
/// The record fails, and its handler is not called, only if the keys or an image cannot be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DynamoDbEventRecord {
    /// The table's region; empty if the event has none.
    pub aws_region: String,
    /// The change as the stream has it.
    #[serde(rename = "dynamodb")]
    pub change: DynamoDbStreamRecord,
    /// The id of the change, which is the same in each delivery; empty if the event has none.
    #[serde(rename = "eventID")]
    pub event_id: String,
    /// `INSERT`, `MODIFY` or `REMOVE`; empty if the event has none.
    pub event_name: String,
    /// `aws:dynamodb`.
    pub event_source: Option<String>,
    /// The version of the event's format.
    pub event_version: Option<String>,
    /// The stream's ARN.
    #[serde(rename = "eventSourceARN")]
    pub event_source_arn: Option<String>,
    /// Who made the change, if it was a service: `dynamodb.amazonaws.com` for an item that expired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_identity: Option<DynamoDbUserIdentity>,
    /// `application/json`, in a Kinesis stream of changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record_format: Option<String>,
    /// The table's name, in a Kinesis stream of changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table_name: Option<String>,
    #[serde(skip)]
    pub(super) is_from_pipe: bool,
    #[serde(skip)]
    unreadable: Unreadable,
}

/// A change as a DynamoDB stream has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct DynamoDbStreamRecord {
    /// When the change was made, to the second in most streams. Not every change has it.
    #[serde(serialize_with = "write_time")]
    pub approximate_creation_date_time: Option<SystemTime>,
    /// The item's key.
    pub keys: Item,
    /// The item after the change; empty if the event does not have it.
    #[serde(skip_serializing_if = "is_empty")]
    pub new_image: Item,
    /// The item before the change; empty if the event does not have it.
    #[serde(skip_serializing_if = "is_empty")]
    pub old_image: Item,
    /// The sequence number with which the change is reported.
    pub sequence_number: Option<String>,
    /// The change's size in bytes.
    pub size_bytes: Option<i64>,
    /// `KEYS_ONLY`, `NEW_IMAGE`, `OLD_IMAGE` or `NEW_AND_OLD_IMAGES`.
    pub stream_view_type: Option<String>,
    #[serde(skip)]
    unreadable: Unreadable,
}

/// The service that made a change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DynamoDbUserIdentity {
    /// `Service`.
    #[serde(rename = "type")]
    pub type_: Option<String>,
    /// The service's name.
    pub principal_id: Option<String>,
}

impl BatchRecord for DynamoDbEventRecord {
    /// Returns the sequence number, or the `eventID` if the change comes from EventBridge Pipes, which expects it.
    fn id(&self) -> Option<Cow<'_, str>> {
        if self.is_from_pipe {
            return Some(Cow::Borrowed(&self.event_id));
        }
        self.change.sequence_number.as_deref().map(Cow::Borrowed)
    }

    fn group(&self) -> Option<Cow<'_, str>> {
        let mut attributes: Vec<_> = self.change.keys.inner().iter().collect();
        attributes.sort_by_key(|(name, _)| name.as_str());
        let mut key = String::new();
        for (name, value) in attributes {
            // A key's value is text, a number or bytes. Debug quotes it, so that different keys give different texts.
            let _ = write!(key, "{name:?}{value:?}");
        }
        Some(Cow::Owned(key))
    }

    fn check(&self) -> Result<(), DecodeError> {
        self.unreadable.check()?;
        self.change.unreadable.check()
    }
}

impl_deserialize!(DynamoDbEventRecord, DynamoDbStreamRecord, DynamoDbUserIdentity);

impl FromFields for DynamoDbEventRecord {
    fn read_field<'de, A: MapAccess<'de>>(&mut self, name: &str, value: &mut A) -> Result<(), A::Error> {
        match name {
            "awsRegion" => self.aws_region = read(value, Text)?.unwrap_or_default(),
            "dynamodb" => self.change = read(value, Fields::new())?,
            "eventID" => self.event_id = read(value, Text)?.unwrap_or_default(),
            "eventName" => self.event_name = read(value, Text)?.unwrap_or_default(),
            "eventSource" | "EventSource" => self.event_source = read(value, Text)?,
            "eventVersion" => self.event_version = read(value, Text)?,
            "eventSourceARN" => self.event_source_arn = read(value, Text)?,
            "userIdentity" => self.user_identity = read(value, Identity)?,
            "recordFormat" => self.record_format = read(value, Text)?,
            "tableName" => self.table_name = read(value, Text)?,
            _ => value.next_value::<IgnoredAny>().map(|_| ())?,
        }
        Ok(())
    }

    fn note_other(&mut self, came: Kind) {
        self.unreadable.note(format_args!("it is {came}, expected an object"));
    }
}

impl FromFields for DynamoDbStreamRecord {
    fn read_field<'de, A: MapAccess<'de>>(&mut self, name: &str, value: &mut A) -> Result<(), A::Error> {
        match name {
            "ApproximateCreationDateTime" => self.approximate_creation_date_time = read(value, Time)?,
            "Keys" | "NewImage" | "OldImage" => {
                let item = match name {
                    "Keys" => &mut self.keys,
                    "NewImage" => &mut self.new_image,
                    _ => &mut self.old_image,
                };
                match read(value, Attributes)? {
                    // `Item::from` would build the map again.
                    Ok(attributes) => *item.inner_mut() = attributes.unwrap_or_default(),
                    Err(problem) => self.unreadable.note(format_args!("its `{name}`{problem}")),
                }
            }
            "SequenceNumber" => self.sequence_number = read(value, Text)?,
            "SizeBytes" => self.size_bytes = read(value, Integer)?,
            "StreamViewType" => self.stream_view_type = read(value, Text)?,
            _ => value.next_value::<IgnoredAny>().map(|_| ())?,
        }
        Ok(())
    }

    fn note_other(&mut self, came: Kind) {
        self.unreadable
            .note(format_args!("its `dynamodb` is {came}, expected an object"));
    }
}

impl FromFields for DynamoDbUserIdentity {
    fn read_field<'de, A: MapAccess<'de>>(&mut self, name: &str, value: &mut A) -> Result<(), A::Error> {
        match name {
            "type" => self.type_ = read(value, Text)?,
            "principalId" => self.principal_id = read(value, Text)?,
            _ => value.next_value::<IgnoredAny>().map(|_| ())?,
        }
        Ok(())
    }
}

/// Reads the identity; anything but an object is `None`.
struct Identity;

impl<'de> Reader<'de> for Identity {
    type Value = Option<DynamoDbUserIdentity>;

    fn other(self, _: Kind) -> Self::Value {
        None
    }

    fn object<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        Fields::new().object(object).map(Some)
    }
}

fn is_empty(item: &Item) -> bool {
    item.inner().is_empty()
}
