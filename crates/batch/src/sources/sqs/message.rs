//! `SqsMessage`, a record of an SQS event.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Serialize;
use serde::de::{IgnoredAny, MapAccess};

use crate::sources::reading::{
    Content, Fields, FromFields, Kind, Map, Reader, Text, Unreadable, decode_base64, impl_deserialize, read,
};
use crate::{BatchRecord, DecodeError, RecordBody};

/// An SQS message.
///
/// Deserializing never fails because of a field: one that is missing, null or of an unexpected type is `None` or empty.
/// The message fails, and its handler is not called, only if `body` is neither text nor null.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SqsMessage {
    /// The id with which the message is reported.
    pub message_id: Option<String>,
    /// The handle with which the message is deleted or made visible again.
    pub receipt_handle: Option<String>,
    /// The content.
    pub body: Option<String>,
    /// The MD5 hash of the body.
    pub md5_of_body: Option<String>,
    /// The MD5 hash of the message attributes.
    pub md5_of_message_attributes: Option<String>,
    /// What SQS says about the message, such as `ApproximateReceiveCount`, `MessageGroupId` and `SentTimestamp`, which is
    /// in milliseconds since the Unix epoch.
    pub attributes: HashMap<String, String>,
    /// What the sender says about the message.
    pub message_attributes: HashMap<String, SqsMessageAttribute>,
    /// The queue's ARN.
    #[serde(rename = "eventSourceARN")]
    pub event_source_arn: Option<String>,
    /// `aws:sqs`.
    pub event_source: Option<String>,
    /// The queue's region.
    pub aws_region: Option<String>,
    #[serde(skip)]
    unreadable: Unreadable,
}

/// What the sender of an SQS message says about it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SqsMessageAttribute {
    /// The value, if it is text or a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub string_value: Option<String>,
    /// The value in Base64, if it is binary; see [`binary_value`](Self::binary_value).
    #[serde(rename = "binaryValue", skip_serializing_if = "Option::is_none")]
    pub encoded_binary_value: Option<String>,
    /// `String`, `Number` or `Binary`, possibly followed by a dot and the sender's own type.
    pub data_type: Option<String>,
}

impl SqsMessageAttribute {
    /// Returns the bytes of a binary value; `None` if the attribute has none.
    ///
    /// # Errors
    ///
    /// Returns an error if the value is not valid Base64.
    pub fn binary_value(&self) -> Result<Option<Vec<u8>>, DecodeError> {
        let encoded = self.encoded_binary_value.as_deref();
        encoded
            .map(|encoded| decode_base64(encoded, "message attribute"))
            .transpose()
    }
}

impl BatchRecord for SqsMessage {
    fn id(&self) -> Option<Cow<'_, str>> {
        self.message_id.as_deref().map(Cow::Borrowed)
    }

    fn group(&self) -> Option<Cow<'_, str>> {
        self.attributes
            .get("MessageGroupId")
            .map(|group| Cow::Borrowed(&**group))
    }

    fn check(&self) -> Result<(), DecodeError> {
        self.unreadable.check()
    }
}

impl RecordBody for SqsMessage {
    fn body(&self) -> Result<Cow<'_, [u8]>, DecodeError> {
        let body = self.body.as_deref();
        body.map(|body| Cow::Borrowed(body.as_bytes()))
            .ok_or_else(|| DecodeError::missing("the message has no body"))
    }
}

impl_deserialize!(SqsMessage, SqsMessageAttribute);

impl FromFields for SqsMessage {
    fn read_field<'de, A: MapAccess<'de>>(&mut self, name: &str, value: &mut A) -> Result<(), A::Error> {
        match name {
            "messageId" => self.message_id = read(value, Text)?,
            "receiptHandle" => self.receipt_handle = read(value, Text)?,
            "body" => match read(value, Content)? {
                Ok(body) => self.body = body,
                Err(came) => self
                    .unreadable
                    .note(format_args!("its `body` is {came}, expected text")),
            },
            "md5OfBody" => self.md5_of_body = read(value, Text)?,
            "md5OfMessageAttributes" => self.md5_of_message_attributes = read(value, Text)?,
            "attributes" => self.attributes = read(value, Map(Text))?,
            "messageAttributes" => self.message_attributes = read(value, Map(Attribute))?,
            "eventSourceARN" => self.event_source_arn = read(value, Text)?,
            // SNS writes it with a capital letter, and is then named in the error.
            "eventSource" | "EventSource" => self.event_source = read(value, Text)?,
            "awsRegion" => self.aws_region = read(value, Text)?,
            _ => value.next_value::<IgnoredAny>().map(|_| ())?,
        }
        Ok(())
    }

    fn note_other(&mut self, came: Kind) {
        self.unreadable.note(format_args!("it is {came}, expected an object"));
    }
}

impl FromFields for SqsMessageAttribute {
    fn read_field<'de, A: MapAccess<'de>>(&mut self, name: &str, value: &mut A) -> Result<(), A::Error> {
        match name {
            "stringValue" => self.string_value = read(value, Text)?,
            "binaryValue" => self.encoded_binary_value = read(value, Text)?,
            "dataType" => self.data_type = read(value, Text)?,
            _ => value.next_value::<IgnoredAny>().map(|_| ())?,
        }
        Ok(())
    }
}

/// Reads a message attribute; one of another type is left out.
#[derive(Clone, Copy)]
struct Attribute;

impl<'de> Reader<'de> for Attribute {
    type Value = Option<SqsMessageAttribute>;

    fn other(self, _: Kind) -> Self::Value {
        None
    }

    fn object<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        Fields::new().object(object).map(Some)
    }
}
