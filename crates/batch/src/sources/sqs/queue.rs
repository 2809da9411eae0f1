//! `SqsEvent`: batches of standard and FIFO queues.

use std::borrow::Cow;
use std::sync::Arc;

pub use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use tower_service::Service;

use crate::sqs::BackOff;
use crate::{Batch, BatchEvent, BatchRecord, DecodeError, DeliveryOrder, Record, RecordBody};

impl<S> Batch<S, SqsEvent> {
    /// Creates a processor for Amazon SQS, with a service that handles one message.
    ///
    /// A queue whose ARN ends in `.fifo` is processed as a FIFO queue.
    pub fn sqs(service: S) -> Self
    where
        S: Service<Record<SqsMessage>>,
    {
        Self::new(service)
    }

    /// Delays the next delivery of failed messages with `back_off`. Default: the queue's visibility timeout applies.
    ///
    /// `back_off` is called once for a batch, after the last record, with the messages that failed, but not with those
    /// that were not started. The response waits for it until half of the [deadline margin](Self::deadline_margin) is
    /// left. If it fails, one warning is printed and the response is unchanged.
    pub fn back_off(self, back_off: impl BackOff) -> Self {
        let back_off = Arc::new(back_off);
        self.with_back_off(Arc::new(move |failed| {
            let back_off = Arc::clone(&back_off);
            Box::pin(async move { back_off.back_off(failed).await })
        }))
    }
}

impl BatchEvent for SqsEvent {
    type Record = SqsMessage;
    type Response = SqsBatchResponse;

    const SOURCES: &'static [&'static str] = &["aws:sqs"];
    const ID: &'static str = "messageId";

    fn source(&self) -> Option<&str> {
        self.records.first()?.event_source.as_deref()
    }

    fn into_records(self) -> Vec<SqsMessage> {
        self.records
    }

    #[allow(clippy::case_sensitive_file_extension_comparisons)] // not a file, and SQS always writes it in lower case
    fn delivery(records: &[SqsMessage]) -> DeliveryOrder {
        // The message group would not do: fair queues are standard queues whose messages have one.
        let queue = records.first().and_then(|first| first.event_source_arn.as_deref());
        match queue {
            Some(arn) if arn.ends_with(".fifo") => DeliveryOrder::Fifo,
            _ => DeliveryOrder::Unordered,
        }
    }

    fn response<'a>(failed: impl Iterator<Item = &'a SqsMessage>) -> SqsBatchResponse {
        let mut response = SqsBatchResponse::default();
        response.set_failures(failed.filter_map(|message| message.message_id.clone()));
        response
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
}

impl RecordBody for SqsMessage {
    fn body(&self) -> Result<Cow<'_, [u8]>, DecodeError> {
        let body = self.body.as_deref();
        body.map(|body| Cow::Borrowed(body.as_bytes()))
            .ok_or_else(|| DecodeError::missing("the message has no body"))
    }
}
