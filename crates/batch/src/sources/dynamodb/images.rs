//! `Change`, `NewImage`, `OldImage` and `ItemKeys`, the arguments of a handler of changes.

use std::ops::Deref;

use serde::de::DeserializeOwned;
use serde_dynamo::Item;

use super::DynamoDbEventRecord;
use super::from_item::from_item;
use crate::{DecodeError, FromRecord, Record};

/// The item before and after the change, decoded from its attributes.
///
/// An insertion has no `old` item and a removal has no `new` one. The stream's `StreamViewType` may leave out either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change<T> {
    /// The item before the change.
    pub old: Option<T>,
    /// The item after the change.
    pub new: Option<T>,
}

/// The item after the change, decoded from its attributes. A record without it does not decode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NewImage<T>(
    /// The item.
    pub T,
);

/// The item before the change, decoded from its attributes. A record without it does not decode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OldImage<T>(
    /// The item.
    pub T,
);

/// The key of the changed item, decoded from its attributes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ItemKeys<T>(
    /// The key's attributes.
    pub T,
);

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
    from_item(item)
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
