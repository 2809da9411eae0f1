//! [`DynamoDbTable`]: a table in DynamoDB.

use std::fmt;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem};
use lambda_runtime::Error;
use uuid::Uuid;

use super::row::REVISION;
use super::{Commit, Item, Key, Table, Write};

/// The condition that the item has not been written since it was read.
const SAME_REVISION: &str = "#revision = :revision";

/// How often and how long to wait for a transaction that is still in progress.
const PROGRESS_ATTEMPTS: u32 = 10;
const PROGRESS_PAUSE: Duration = Duration::from_millis(50);

/// The reasons for a cancelled transaction after which to read again.
const OVERTAKEN: [&str; 2] = ["ConditionalCheckFailed", "TransactionConflict"];

/// A table in DynamoDB with the key attributes `pk` and `sk`. Clones share it.
#[derive(Clone)]
pub struct DynamoDbTable {
    client: Client,
    name: String,
}

impl DynamoDbTable {
    pub(crate) fn new(client: Client, name: String) -> Self {
        Self { client, name }
    }

    fn to_sdk(&self, write: Write) -> Result<TransactWriteItem, BuildError> {
        let item = TransactWriteItem::builder();
        let delete = |key: Key| Delete::builder().table_name(&self.name).set_key(Some(item_of(&key)));
        Ok(match write {
            Write::Put(new, revision) => {
                let put = Put::builder().table_name(&self.name).set_item(Some(new));
                let put = match revision {
                    None => put.condition_expression("attribute_not_exists(pk)"),
                    Some(revision) => put
                        .condition_expression(SAME_REVISION)
                        .expression_attribute_names("#revision", REVISION)
                        .expression_attribute_values(":revision", AttributeValue::S(revision)),
                };
                item.put(put.build()?).build()
            }
            Write::Delete(key, revision) => {
                let delete = delete(key)
                    .condition_expression(SAME_REVISION)
                    .expression_attribute_names("#revision", REVISION)
                    .expression_attribute_values(":revision", AttributeValue::S(revision));
                item.delete(delete.build()?).build()
            }
            Write::Remove(key) => item.delete(delete(key).build()?).build(),
        })
    }
}

impl Table for DynamoDbTable {
    async fn get(&self, key: &Key) -> Result<Option<Item>, Error> {
        let request = self.client.get_item().table_name(&self.name);
        let request = request.set_key(Some(item_of(key))).consistent_read(true);
        Ok(request.send().await?.item)
    }

    async fn query(&self, partition: &str, below: &str) -> Result<Vec<Item>, Error> {
        let request = self.client.query().table_name(&self.name).consistent_read(true);
        let pages = request
            .key_condition_expression("pk = :pk AND sk < :below")
            .expression_attribute_values(":pk", AttributeValue::S(partition.to_owned()))
            .expression_attribute_values(":below", AttributeValue::S(below.to_owned()))
            .into_paginator();
        Ok(pages.items().send().try_collect().await?)
    }

    /// The token makes it one transaction, however often the SDK sends it within ten minutes: a repetition after a lost
    /// answer has no effect.
    async fn commit(&self, writes: Vec<Write>) -> Result<Commit, Error> {
        let token = Uuid::new_v4().to_string();
        let writes = writes.into_iter().map(|write| self.to_sdk(write));
        let writes = writes.collect::<Result<Vec<_>, _>>()?;
        let mut in_progress = 0;
        loop {
            let request = self.client.transact_write_items().client_request_token(&token);
            let Err(error) = request.set_transact_items(Some(writes.clone())).send().await else {
                return Ok(Commit::Done);
            };
            match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                    let mut codes = cancelled
                        .cancellation_reasons()
                        .iter()
                        .filter_map(|reason| reason.code());
                    let is_overtaken = codes.any(|code| OVERTAKEN.contains(&code));
                    return if is_overtaken {
                        Ok(Commit::Overtaken)
                    } else {
                        Err(error.into())
                    };
                }
                Some(TransactWriteItemsError::TransactionInProgressException(_)) if in_progress < PROGRESS_ATTEMPTS => {
                    in_progress += 1;
                    tokio::time::sleep(PROGRESS_PAUSE).await;
                }
                _ => return Err(error.into()),
            }
        }
    }
}

fn item_of(Key(partition, sort): &Key) -> Item {
    let text = |text: &String| AttributeValue::S(text.clone());
    Item::from([("pk".to_owned(), text(partition)), ("sk".to_owned(), text(sort))])
}

impl fmt::Debug for DynamoDbTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamoDbTable")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
