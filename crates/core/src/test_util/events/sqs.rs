//! `Sqs`, a batch of messages of a queue.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::encode::base64;
use super::event::{builds_event, to_text};
use super::sample::{REGION, TIME_MILLIS, arn, sequence_number, uuid};

/// Returns an empty batch of the standard queue `orders`.
///
/// The messages have the ids `059f36b4-87a3-44ab-83d2-661975a10001`, `…10002` and so on.
///
/// Shape: [Using Lambda with Amazon SQS](https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html).
///
/// ```
/// use powertools_lambda_core::test_util::events;
///
/// let event = events::sqs().message(r#"{"id": "A-1"}"#).message("not JSON").into_json();
/// assert_eq!(event["Records"].as_array().unwrap().len(), 2);
/// ```
pub fn sqs() -> Sqs {
    Sqs {
        queue: "orders".to_owned(),
        messages: Vec::new(),
    }
}

/// Returns an empty batch of the FIFO queue `orders.fifo`.
///
/// Its messages belong to the group `group-1` unless [`SqsMessageBuilder::group`] sets another.
pub fn sqs_fifo() -> Sqs {
    sqs().queue("orders.fifo")
}

/// Builds an SQS event; see [`sqs`] and [`sqs_fifo`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until its event is used"]
pub struct Sqs {
    queue: String,
    messages: Vec<SqsMessageBuilder>,
}

/// Builds a message of an [`Sqs`] event.
#[derive(Clone, Debug)]
#[must_use = "return it from the closure"]
pub struct SqsMessageBuilder {
    body: String,
    id: Option<String>,
    receive_count: u32,
    group: Option<String>,
    deduplication_id: Option<String>,
    trace_header: Option<String>,
    attributes: Map<String, Value>,
}

impl Sqs {
    /// Sets the queue's name; one that ends in `.fifo` is a FIFO queue.
    pub fn queue(mut self, name: impl Into<String>) -> Self {
        self.queue = name.into();
        self
    }

    /// Adds a message.
    pub fn message(self, body: impl Into<String>) -> Self {
        self.message_with(body, |message| message)
    }

    /// Adds a message whose body is the JSON of `body`.
    ///
    /// # Panics
    ///
    /// Panics if `body` cannot be serialized.
    #[track_caller]
    pub fn json_message(self, body: &(impl Serialize + ?Sized)) -> Self {
        self.message(to_text(body))
    }

    /// Adds a message with further properties.
    pub fn message_with(
        mut self,
        body: impl Into<String>,
        configure: impl FnOnce(SqsMessageBuilder) -> SqsMessageBuilder,
    ) -> Self {
        self.messages.push(configure(SqsMessageBuilder {
            body: body.into(),
            id: None,
            receive_count: 1,
            group: None,
            deduplication_id: None,
            trace_header: None,
            attributes: Map::new(),
        }));
        self
    }

    pub(super) fn build(self) -> Value {
        let Self { queue, messages } = self;
        let records = messages.into_iter().enumerate();
        let records: Vec<_> = records.map(|(index, message)| message.build(index, &queue)).collect();
        json!({ "Records": records })
    }
}

impl SqsMessageBuilder {
    /// Sets the message's id.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Sets how often the message was received, including this time. Default: 1.
    pub fn receive_count(mut self, count: u32) -> Self {
        self.receive_count = count;
        self
    }

    /// Sets the message's group, in a FIFO queue or as the key of a fair queue.
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self
    }

    /// Sets the deduplication id. Default: the message's id, in a FIFO queue.
    pub fn deduplication_id(mut self, id: impl Into<String>) -> Self {
        self.deduplication_id = Some(id.into());
        self
    }

    /// Sets the X-Ray header of the sender, the system attribute `AWSTraceHeader`.
    pub fn trace_header(mut self, header: impl Into<String>) -> Self {
        self.trace_header = Some(header.into());
        self
    }

    /// Adds a message attribute of the type `String`.
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let value = json!({
            "stringValue": value.into(),
            "stringListValues": [],
            "binaryListValues": [],
            "dataType": "String",
        });
        self.attributes.insert(name.into(), value);
        self
    }

    /// Adds a message attribute of the type `Binary`.
    pub fn binary_attribute(mut self, name: impl Into<String>, value: impl AsRef<[u8]>) -> Self {
        let value = json!({
            "binaryValue": base64(value),
            "stringListValues": [],
            "binaryListValues": [],
            "dataType": "Binary",
        });
        self.attributes.insert(name.into(), value);
        self
    }

    fn build(self, index: usize, queue: &str) -> Value {
        let is_fifo = queue.to_ascii_lowercase().rsplit('.').next() == Some("fifo");
        let id = self.id.unwrap_or_else(|| uuid(index));
        let mut attributes = json!({
            "ApproximateReceiveCount": self.receive_count.to_string(),
            "SentTimestamp": (TIME_MILLIS - 1_000).to_string(),
            "SenderId": "AIDAIENQZJOLO23YVJ4VO",
            "ApproximateFirstReceiveTimestamp": TIME_MILLIS.to_string(),
        });
        if let Some(header) = self.trace_header {
            attributes["AWSTraceHeader"] = header.into();
        }
        if is_fifo {
            attributes["SequenceNumber"] = format!("188915495722{:08}", index + 1).into();
            attributes["MessageDeduplicationId"] = self.deduplication_id.unwrap_or_else(|| id.clone()).into();
        }
        if let Some(group) = self.group.or_else(|| is_fifo.then(|| "group-1".to_owned())) {
            attributes["MessageGroupId"] = group.into();
        }
        json!({
            "messageId": id,
            "receiptHandle": format!("AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a{}", sequence_number(index)),
            "body": self.body,
            "attributes": attributes,
            "messageAttributes": self.attributes,
            "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
            "eventSource": "aws:sqs",
            "eventSourceARN": arn("sqs", queue),
            "awsRegion": REGION,
        })
    }
}

builds_event!(Sqs);
