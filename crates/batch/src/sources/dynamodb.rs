//! Amazon DynamoDB Streams.

use std::borrow::Cow;
use std::fmt::Write;
use std::ops::Deref;

pub use aws_lambda_events::dynamodb::{Event as DynamoDbEvent, EventRecord as DynamoDbEventRecord};
use aws_lambda_events::streams::DynamoDbBatchItemFailure;
pub use aws_lambda_events::streams::DynamoDbEventResponse;
use serde::de::DeserializeOwned;
use serde_dynamo::Item;
use tower_service::Service;

use crate::{Batch, BatchEvent, BatchRecord, DecodeError, DeliveryOrder, FromRecord, Record};

/// The item before and after the change, decoded with `serde_dynamo`.
///
/// An insertion has no `old` item and a removal has no `new` one. The stream's `StreamViewType` may leave out either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change<T> {
    /// The item before the change.
    pub old: Option<T>,
    /// The item after the change.
    pub new: Option<T>,
}

/// The item after the change, decoded with `serde_dynamo`. A record without it does not decode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NewImage<T>(
    /// The item.
    pub T,
);

/// The item before the change, decoded with `serde_dynamo`. A record without it does not decode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OldImage<T>(
    /// The item.
    pub T,
);

/// The key of the changed item, decoded with `serde_dynamo`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ItemKeys<T>(
    /// The key's attributes.
    pub T,
);

impl<S> Batch<S, DynamoDbEvent> {
    /// Creates a processor for Amazon DynamoDB Streams, with a service that handles one record.
    pub fn dynamodb(service: S) -> Self
    where
        S: Service<Record<DynamoDbEventRecord>>,
    {
        Self::new(service)
    }
}

impl BatchEvent for DynamoDbEvent {
    type Record = DynamoDbEventRecord;
    type Response = DynamoDbEventResponse;

    const SOURCES: &'static [&'static str] = &["aws:dynamodb"];
    const ID: &'static str = "dynamodb.SequenceNumber";

    fn source(&self) -> Option<&str> {
        self.records.first()?.event_source.as_deref()
    }

    fn into_records(self) -> Vec<DynamoDbEventRecord> {
        self.records
    }

    fn delivery(_: &[DynamoDbEventRecord]) -> DeliveryOrder {
        DeliveryOrder::Stream
    }

    fn response<'a>(failed: impl Iterator<Item = &'a DynamoDbEventRecord>) -> DynamoDbEventResponse {
        let failure = |record: &DynamoDbEventRecord| {
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier.clone_from(&record.change.sequence_number);
            failure
        };
        let mut response = DynamoDbEventResponse::default();
        response.batch_item_failures = failed.map(failure).collect();
        response
    }
}

impl BatchRecord for DynamoDbEventRecord {
    fn id(&self) -> Option<Cow<'_, str>> {
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
}

impl<T: DeserializeOwned> FromRecord<DynamoDbEventRecord> for Change<T> {
    fn from_record(record: &Record<DynamoDbEventRecord>) -> Result<Self, DecodeError> {
        Ok(Self {
            old: image(&record.change.old_image)?,
            new: image(&record.change.new_image)?,
        })
    }
}

impl<T: DeserializeOwned> FromRecord<DynamoDbEventRecord> for NewImage<T> {
    fn from_record(record: &Record<DynamoDbEventRecord>) -> Result<Self, DecodeError> {
        let new = image(&record.change.new_image)?;
        new.map(Self)
            .ok_or_else(|| DecodeError::missing("the record has no new image"))
    }
}

impl<T: DeserializeOwned> FromRecord<DynamoDbEventRecord> for OldImage<T> {
    fn from_record(record: &Record<DynamoDbEventRecord>) -> Result<Self, DecodeError> {
        let old = image(&record.change.old_image)?;
        old.map(Self)
            .ok_or_else(|| DecodeError::missing("the record has no old image"))
    }
}

impl<T: DeserializeOwned> FromRecord<DynamoDbEventRecord> for ItemKeys<T> {
    fn from_record(record: &Record<DynamoDbEventRecord>) -> Result<Self, DecodeError> {
        let keys = image(&record.change.keys)?;
        keys.map(Self)
            .ok_or_else(|| DecodeError::missing("the record has no keys"))
    }
}

fn image<T: DeserializeOwned>(item: &Item) -> Result<Option<T>, DecodeError> {
    // An item has at least a key, so an empty one means that the event does not contain the image.
    if item.inner().is_empty() {
        return Ok(None);
    }
    let decoded = serde_dynamo::from_item(item.clone());
    decoded
        .map(Some)
        .map_err(|error| DecodeError::new("the item does not have the expected shape").with_source(error))
}

macro_rules! dereference {
    ($($name:ident),+) => {
        $(impl<T> Deref for $name<T> {
            type Target = T;

            fn deref(&self) -> &T {
                &self.0
            }
        })+
    };
}

dereference!(NewImage, OldImage, ItemKeys);
