//! [`Row`]: an item with its key and its revision.

use lambda_runtime::Error;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_dynamo::to_item;
use uuid::Uuid;

use super::{Item, Key, Table, Write};

const PARTITION: &str = "pk";
const SORT: &str = "sk";
pub(super) const REVISION: &str = "revision";

/// The content of an item, and the revision with which it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<T> {
    key: Key,
    /// The content.
    pub content: T,
    /// `None` before it is written.
    revision: Option<String>,
}

impl<T: Serialize + DeserializeOwned> Row<T> {
    /// Creates a row that is not in the table yet.
    pub fn new(key: Key, content: T) -> Self {
        Self {
            key,
            content,
            revision: None,
        }
    }

    /// Reads a row.
    ///
    /// # Errors
    ///
    /// If the table cannot be read, or the item has other content.
    pub async fn get(table: &impl Table, key: Key) -> Result<Option<Self>, Error> {
        let item = table.get(&key).await?;
        item.map(Self::from_item).transpose()
    }

    /// Converts an item.
    ///
    /// # Errors
    ///
    /// If the item has other content.
    pub fn from_item(item: Item) -> Result<Self, Error> {
        let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned();
        let key = Key(text(PARTITION).unwrap_or_default(), text(SORT).unwrap_or_default());
        let revision = text(REVISION);
        Ok(Self {
            key,
            content: serde_dynamo::from_item(item)?,
            revision,
        })
    }

    /// Returns its key.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// Returns the write that puts the content, if the row is still as it was read.
    ///
    /// # Errors
    ///
    /// If the content is not an item.
    pub fn put(&self) -> Result<Write, Error> {
        let mut item: Item = to_item(&self.content)?;
        let revision = Uuid::new_v4().simple().to_string();
        let Key(partition, sort) = self.key.clone();
        for (name, text) in [(PARTITION, partition), (SORT, sort), (REVISION, revision)] {
            item.insert(name.to_owned(), aws_sdk_dynamodb::types::AttributeValue::S(text));
        }
        Ok(Write::Put(item, self.revision.clone()))
    }

    /// Returns the write that deletes the row, if it is still as it was read.
    pub fn delete(&self) -> Write {
        match &self.revision {
            Some(revision) => Write::Delete(self.key.clone(), revision.clone()),
            None => Write::Remove(self.key.clone()),
        }
    }
}
