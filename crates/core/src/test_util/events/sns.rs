//! `Sns`, a message of a topic.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::encode::base64;
use super::event::{builds_event, to_text};
use super::sample::{REGION, TIME_ISO, arn, uuid};

/// Returns an event of the topic `orders`, with no message yet. SNS sends one message at a time.
///
/// Shape: [Invoking Lambda functions with Amazon SNS](https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html).
///
/// ```
/// use powertools_lambda_core::test_util::events;
///
/// let event = events::sns().message_with("paid", |message| message.attribute("tenant", "acme")).into_json();
/// assert_eq!(event["Records"][0]["Sns"]["Message"], "paid");
/// ```
pub fn sns() -> Sns {
    Sns {
        topic: "orders".to_owned(),
        messages: Vec::new(),
    }
}

/// Builds an SNS event; see [`sns`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until its event is used"]
pub struct Sns {
    topic: String,
    messages: Vec<SnsMessageBuilder>,
}

/// Builds a message of an [`Sns`] event, or of a [`SnsInSqs`](super::SnsInSqs) event.
#[derive(Clone, Debug)]
#[must_use = "return it from the closure"]
pub struct SnsMessageBuilder {
    text: String,
    id: Option<String>,
    subject: Option<String>,
    attributes: Map<String, Value>,
}

impl Sns {
    /// Sets the topic's name.
    pub fn topic(mut self, name: impl Into<String>) -> Self {
        self.topic = name.into();
        self
    }

    /// Adds a message.
    pub fn message(self, text: impl Into<String>) -> Self {
        self.message_with(text, |message| message)
    }

    /// Adds a message whose text is the JSON of `message`.
    ///
    /// # Panics
    ///
    /// Panics if `message` cannot be serialized.
    #[track_caller]
    pub fn json_message(self, message: &(impl Serialize + ?Sized)) -> Self {
        self.message(to_text(message))
    }

    /// Adds a message with further properties.
    pub fn message_with(
        mut self,
        text: impl Into<String>,
        configure: impl FnOnce(SnsMessageBuilder) -> SnsMessageBuilder,
    ) -> Self {
        self.messages.push(configure(SnsMessageBuilder::new(text)));
        self
    }

    fn build(self) -> Value {
        let Self { topic, messages } = self;
        let record = |(index, message): (usize, SnsMessageBuilder)| {
            let mut notification = message.build(index, &topic);
            // Over HTTP and in queues these names end in `URL`; for Lambda they end in `Url`, and empty attributes are
            // kept.
            for (there, here) in [
                ("SigningCertURL", "SigningCertUrl"),
                ("UnsubscribeURL", "UnsubscribeUrl"),
            ] {
                notification[here] = notification[there].take();
                notification.as_object_mut().and_then(|fields| fields.remove(there));
            }
            json!({
                "EventVersion": "1.0",
                "EventSubscriptionArn": arn("sns", &format!("{topic}:21be56ed-a058-49f5-8c98-aedd2564c486")),
                "EventSource": "aws:sns",
                "Sns": notification,
            })
        };
        let records: Vec<_> = messages.into_iter().enumerate().map(record).collect();
        json!({ "Records": records })
    }
}

impl SnsMessageBuilder {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            id: None,
            subject: None,
            attributes: Map::new(),
        }
    }

    /// Sets the message's id.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Sets the subject. Default: `null`.
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Adds a message attribute of the type `String`.
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let value = json!({"Type": "String", "Value": value.into()});
        self.attributes.insert(name.into(), value);
        self
    }

    /// Adds a message attribute of the type `Binary`.
    pub fn binary_attribute(mut self, name: impl Into<String>, value: impl AsRef<[u8]>) -> Self {
        let value = json!({"Type": "Binary", "Value": base64(value)});
        self.attributes.insert(name.into(), value);
        self
    }

    /// Returns the notification, as a queue gets it.
    pub(super) fn build(self, index: usize, topic: &str) -> Value {
        let host = format!("https://sns.{REGION}.amazonaws.com");
        let subscription = arn("sns", &format!("{topic}:21be56ed-a058-49f5-8c98-aedd2564c486"));
        json!({
            "Type": "Notification",
            "MessageId": self.id.unwrap_or_else(|| uuid(index)),
            "TopicArn": arn("sns", topic),
            "Subject": self.subject,
            "Message": self.text,
            "Timestamp": TIME_ISO,
            "SignatureVersion": "1",
            "Signature": "tcc6faL2yUC6dgZdmrwh1Y4cGa/ebXEkAi6RibDsvpi+tE/1+82j6jaM2E4FQ==",
            "SigningCertURL": format!("{host}/SimpleNotificationService-0123456789abcdef.pem"),
            "UnsubscribeURL": format!("{host}/?Action=Unsubscribe&SubscriptionArn={subscription}"),
            "MessageAttributes": self.attributes,
        })
    }
}

builds_event!(Sns);
