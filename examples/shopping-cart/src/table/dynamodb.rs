//! [`DynamoDbTable`]: a table in DynamoDB.

use std::fmt;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, CancellationReason, Delete, Put, TransactWriteItem, Update};
use lambda_runtime::Error;
use uuid::Uuid;

use super::{Commit, Expected, Item, Key, REVISION, Table, Write};

const PARTITION: &str = "pk";
const SORT: &str = "sk";

/// The condition that the item has not been written since it was read.
const SAME_REVISION: &str = "#revision = :revision";

/// How often and how long to wait for a transaction that is still in progress.
const PROGRESS_ATTEMPTS: u32 = 10;
const PROGRESS_PAUSE: Duration = Duration::from_millis(50);

/// A table in DynamoDB with the key attributes `pk` and, if it has a sort key, `sk`.
#[derive(Clone)]
pub struct DynamoDbTable {
    client: Client,
    name: String,
}

impl DynamoDbTable {
    pub(crate) fn new(client: Client, name: String) -> Self {
        Self { client, name }
    }
}

impl Table for DynamoDbTable {
    async fn get(&self, key: &Key) -> Result<Option<Item>, Error> {
        let request = self.client.get_item().table_name(&self.name);
        let request = request.set_key(Some(item_of(key))).consistent_read(true);
        Ok(request.send().await?.item)
    }

    async fn query(&self, partition: &str, prefix: &str) -> Result<Vec<Item>, Error> {
        let request = self.client.query().table_name(&self.name).consistent_read(true);
        let pages = request
            .key_condition_expression("#pk = :pk AND begins_with(#sk, :prefix)")
            .expression_attribute_names("#pk", PARTITION)
            .expression_attribute_names("#sk", SORT)
            .expression_attribute_values(":pk", text(partition))
            .expression_attribute_values(":prefix", text(prefix))
            .into_paginator();
        Ok(pages.items().send().try_collect().await?)
    }

    /// The token makes it one transaction, however often the SDK sends it within ten minutes: a repetition after a lost
    /// answer, or a copy that arrives late, has no effect.
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
                    let outcome = outcome(cancelled.cancellation_reasons());
                    return outcome.ok_or_else(|| error.into());
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

impl DynamoDbTable {
    fn to_sdk(&self, write: Write) -> Result<TransactWriteItem, BuildError> {
        let item = TransactWriteItem::builder();
        Ok(match write {
            Write::Put { item: new, expected } => {
                let put = Put::builder().table_name(&self.name).set_item(Some(new));
                let put = match expected {
                    Expected::Absent => put.condition_expression(format!("attribute_not_exists({PARTITION})")),
                    Expected::Revision(revision) => put
                        .condition_expression(SAME_REVISION)
                        .expression_attribute_names("#revision", REVISION)
                        .expression_attribute_values(":revision", AttributeValue::S(revision)),
                };
                item.put(put.build()?).build()
            }
            Write::Delete { key, revision } => {
                let delete = Delete::builder().table_name(&self.name).set_key(Some(item_of(&key)));
                let delete = delete
                    .condition_expression(SAME_REVISION)
                    .expression_attribute_names("#revision", REVISION)
                    .expression_attribute_values(":revision", AttributeValue::S(revision));
                item.delete(delete.build()?).build()
            }
            Write::Add { key, attribute, delta } => {
                let update = Update::builder().table_name(&self.name).set_key(Some(item_of(&key)));
                let update = update
                    .update_expression("ADD #attribute :delta")
                    .expression_attribute_names("#attribute", attribute)
                    .expression_attribute_values(":delta", AttributeValue::N(delta.to_string()));
                item.update(update.build()?).build()
            }
        })
    }
}

/// Returns the outcome of a cancelled transaction; `None` if it was cancelled for reasons other than the items' content.
fn outcome(reasons: &[CancellationReason]) -> Option<Commit> {
    let is = |reason: &CancellationReason, code: &str| reason.code() == Some(code);
    let unexpected: Vec<_> = reasons
        .iter()
        .enumerate()
        .filter(|(_, reason)| is(reason, "ConditionalCheckFailed"))
        .map(|(place, _)| place)
        .collect();
    if !unexpected.is_empty() {
        return Some(Commit::Unexpected(unexpected));
    }
    let transient = |reason: &CancellationReason| {
        [
            "TransactionConflict",
            "ThrottlingError",
            "ProvisionedThroughputExceeded",
        ]
        .iter()
        .any(|code| is(reason, code))
    };
    reasons.iter().any(transient).then_some(Commit::Conflict)
}

fn item_of(key: &Key) -> Item {
    let sort = key.sort.as_deref().map(|sort| (SORT.to_owned(), text(sort)));
    [(PARTITION.to_owned(), text(&key.partition))]
        .into_iter()
        .chain(sort)
        .collect()
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

impl fmt::Debug for DynamoDbTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamoDbTable")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
