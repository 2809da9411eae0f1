//! `SnsInSqs`, a batch of a queue that is subscribed to a topic.

use serde::Serialize;
use serde_json::Value;

use super::event::{builds_event, to_text};
use super::sns::SnsMessageBuilder;
use super::sqs::sqs;

/// Returns an empty batch of the queue `orders`, which is subscribed to the topic `orders`.
///
/// The body of each message is the JSON of a notification, as without raw message delivery.
///
/// Shape: [Fanout Amazon SNS notifications to Amazon SQS
/// queues](https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html).
///
/// ```
/// use powertools_lambda_core::test_util::events;
/// use serde_json::Value;
///
/// let event = events::sns_in_sqs().message("paid").into_json();
/// let body = event["Records"][0]["body"].as_str().unwrap();
/// assert_eq!(serde_json::from_str::<Value>(body).unwrap()["Message"], "paid");
/// ```
pub fn sns_in_sqs() -> SnsInSqs {
    SnsInSqs {
        topic: "orders".to_owned(),
        queue: "orders".to_owned(),
        messages: Vec::new(),
    }
}

/// Builds an SQS event with SNS notifications; see [`sns_in_sqs`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until its event is used"]
pub struct SnsInSqs {
    topic: String,
    queue: String,
    messages: Vec<SnsMessageBuilder>,
}

impl SnsInSqs {
    /// Sets the topic's name.
    pub fn topic(mut self, name: impl Into<String>) -> Self {
        self.topic = name.into();
        self
    }

    /// Sets the queue's name.
    pub fn queue(mut self, name: impl Into<String>) -> Self {
        self.queue = name.into();
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
        let messages = self.messages.into_iter().enumerate();
        let queue = messages.fold(sqs().queue(self.queue), |queue, (index, message)| {
            let mut notification = message.build(index, &self.topic);
            // A queue gets these only if they have a value.
            for optional in ["Subject", "MessageAttributes"] {
                let is_empty =
                    |value: &Value| value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty);
                if is_empty(&notification[optional]) {
                    notification.as_object_mut().and_then(|fields| fields.remove(optional));
                }
            }
            queue.json_message(&notification)
        });
        queue.build()
    }
}

builds_event!(SnsInSqs);
