//! `SqsEvent`: batches of standard and FIFO queues.

use std::sync::Arc;

use serde::de::{MapAccess, SeqAccess};
use serde::{Deserialize, Deserializer, Serialize};
use tower_service::Service;

use crate::sources::reading::{EventFields, List, Reader, Records, read, read_event, source_of};
use crate::sqs::{BackOff, SqsMessage};
use crate::{Batch, BatchEvent, BatchRecord, DeliveryOrder, Record};

/// A batch of SQS messages.
///
/// Each message is decoded separately, so an unexpected field affects only its own message. The array that EventBridge Pipes
/// sends is read, too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SqsEvent {
    /// The messages.
    #[serde(rename = "Records")]
    pub records: Vec<SqsMessage>,
}

/// The response, which tells Lambda which messages failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SqsBatchResponse {
    /// The messages that failed.
    pub batch_item_failures: Vec<SqsBatchItemFailure>,
}

/// A message that failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SqsBatchItemFailure {
    /// The message's id.
    pub item_identifier: String,
}

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
        source_of(
            Self::SOURCES,
            self.records.iter().map(|message| message.event_source.as_deref()),
        )
    }

    fn into_records(self) -> Vec<SqsMessage> {
        self.records
    }

    #[allow(clippy::case_sensitive_file_extension_comparisons)] // not a file, and SQS always writes it in lower case
    fn delivery(records: &[SqsMessage]) -> DeliveryOrder {
        // The message group would not do: fair queues are standard queues whose messages have one.
        let queue = records.iter().find_map(|message| message.event_source_arn.as_deref());
        match queue {
            Some(arn) if arn.ends_with(".fifo") => DeliveryOrder::Fifo,
            _ => DeliveryOrder::Unordered,
        }
    }

    fn response<'a>(failed: impl Iterator<Item = &'a SqsMessage>) -> SqsBatchResponse {
        let failure = |message: &SqsMessage| {
            let item_identifier = message.id()?.into_owned();
            Some(SqsBatchItemFailure { item_identifier })
        };
        SqsBatchResponse {
            batch_item_failures: failed.filter_map(failure).collect(),
        }
    }
}

impl<'de> Deserialize<'de> for SqsEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_event(deserializer)
    }
}

impl EventFields for SqsEvent {
    const WHAT: &'static str = "an event of Amazon SQS";
    const RECORDS: &'static str = "Records";

    fn read_records<'de, A: MapAccess<'de>>(&mut self, value: &mut A) -> Result<Records, A::Error> {
        let records = read(value, List::new())?;
        Ok(records.map(|records| self.records = records))
    }

    fn read_array<'de, A: SeqAccess<'de>>(&mut self, array: A) -> Result<(), A::Error> {
        self.records = List::new().array(array)?.unwrap_or_default();
        Ok(())
    }
}
