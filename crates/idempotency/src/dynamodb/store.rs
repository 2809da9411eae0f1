//! [`DynamoDbStore`], a table as a store.

use std::fmt;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::delete_item::builders::DeleteItemFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use aws_types::SdkConfig;

use super::attributes::Attributes;
use super::error::{is_too_large, of_sdk};
use super::item::record;
use crate::{Begin, Claim, Complete, Completion, Release, Status, Store, StoreError, StoreFuture, Token};

/// A DynamoDB table of records.
///
/// The partition key is the text attribute `id`. Enable TTL on the attribute `expiration`; DynamoDB deletes expired items
/// with a delay, so the time is also compared. The function needs `dynamodb:UpdateItem` and `dynamodb:DeleteItem`.
///
/// A piece of work costs two writes of its item, and a duplicate costs one (the failed condition returns the item, so nothing is
/// read). An answer that makes the item larger than DynamoDB's 400 KB is not recorded. The work is still recorded as done, and a
/// duplicate gets an error; see [`IdempotencyError::is_answer_lost`](crate::IdempotencyError::is_answer_lost).
///
/// ```no_run
/// use powertools_lambda_idempotency::Idempotency;
/// use powertools_lambda_idempotency::dynamodb::DynamoDbStore;
///
/// # fn example(client: aws_sdk_dynamodb::Client) {
/// let idempotency = Idempotency::new(DynamoDbStore::new(client, "idempotency"), "charge");
/// # }
/// ```
#[derive(Clone)]
pub struct DynamoDbStore {
    client: Client,
    table: String,
    name: String,
    attributes: Attributes,
    /// The attribute of the sort key, and the value of the partition key.
    sort_key: Option<(String, String)>,
}

/// The largest item.
const MAX_ITEM: usize = 400 * 1_024;

/// The bytes of a number, at most.
const NUMBER: usize = 21;

/// The bytes of the words for the two states, and of a token.
const WORDS: usize = 2 * 10 + 32;

/// The previous status before the first execution of a key.
const NO_STATUS: &str = "NONE";

impl DynamoDbStore {
    /// Creates a store with a table and a client, whose credentials, endpoint, timeouts and retries are used.
    ///
    /// Give the client an `operation_attempt_timeout`: without one, the SDK waits for a lost answer until the deadline.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        let table = table.into();
        Self {
            client,
            name: format!("DynamoDB table {table:?}"),
            table,
            attributes: Attributes::default(),
            sort_key: None,
        }
    }

    /// Creates a store with a client from the SDK's configuration.
    pub fn from_config(config: &SdkConfig, table: impl Into<String>) -> Self {
        Self::new(Client::new(config), table)
    }

    /// Sets the attribute of the partition key. Default: `id`.
    #[must_use = "`key_attribute` returns the changed store"]
    pub fn key_attribute(mut self, name: impl Into<String>) -> Self {
        self.attributes.key = name.into();
        self
    }

    /// Uses a table with a sort key: the attribute `name` has the idempotency key, and each record is in `partition`.
    /// Powertools for Python uses the partition `idempotency#FUNCTION`. Default: no sort key.
    #[must_use = "`sort_key` returns the changed store"]
    pub fn sort_key(mut self, name: impl Into<String>, partition: impl Into<String>) -> Self {
        self.sort_key = Some((name.into(), partition.into()));
        self
    }

    /// Sets the attribute of the expiry in seconds, on which TTL is enabled. Default: `expiration`.
    #[must_use = "`expiration_attribute` returns the changed store"]
    pub fn expiration_attribute(mut self, name: impl Into<String>) -> Self {
        self.attributes.expiration = name.into();
        self
    }

    /// Sets the attribute of the lock's end in milliseconds. Default: `in_progress_expiration`.
    #[must_use = "`in_progress_expiration_attribute` returns the changed store"]
    pub fn in_progress_expiration_attribute(mut self, name: impl Into<String>) -> Self {
        self.attributes.in_progress_expiration = name.into();
        self
    }

    /// Sets the attribute of the status. Default: `status`.
    #[must_use = "`status_attribute` returns the changed store"]
    pub fn status_attribute(mut self, name: impl Into<String>) -> Self {
        self.attributes.status = name.into();
        self
    }

    /// Sets the attribute of the answer. Default: `data`.
    #[must_use = "`data_attribute` returns the changed store"]
    pub fn data_attribute(mut self, name: impl Into<String>) -> Self {
        self.attributes.data = name.into();
        self
    }

    /// Sets the attribute of the payload's hash. Default: `validation`.
    #[must_use = "`validation_attribute` returns the changed store"]
    pub fn validation_attribute(mut self, name: impl Into<String>) -> Self {
        self.attributes.validation = name.into();
        self
    }

    /// Sets the attribute of the token of the execution that owns the record. Default: `token`.
    #[must_use = "`token_attribute` returns the changed store"]
    pub fn token_attribute(mut self, name: impl Into<String>) -> Self {
        self.attributes.token = name.into();
        self
    }

    /// Sets the attribute of the status that a key had before the last execution began. Default: `previous_status`.
    #[must_use = "`previous_status_attribute` returns the changed store"]
    pub fn previous_status_attribute(mut self, name: impl Into<String>) -> Self {
        self.attributes.previous = name.into();
        self
    }

    /// Returns the client, for operations that this crate does not have.
    pub fn client(&self) -> &Client {
        &self.client
    }

    async fn begin_now(&self, claim: &Claim<'_>) -> Result<Begin, StoreError> {
        let Attributes {
            key,
            expiration,
            in_progress_expiration,
            data,
            validation,
            previous,
            ..
        } = &self.attributes;
        let update = match claim.payload_hash {
            Some(_) => {
                "SET #status = :inprogress, #expiry = :expiry, #in_progress_expiry = :in_progress_expiry, #token = :token, \
                 #previous = if_not_exists(#status, :none), #validation = :validation REMOVE #data"
            }
            None => {
                "SET #status = :inprogress, #expiry = :expiry, #in_progress_expiry = :in_progress_expiry, #token = :token, \
                 #previous = if_not_exists(#status, :none) REMOVE #data, #validation"
            }
        };
        let request = self
            .update(claim.key, claim.token)
            .update_expression(update)
            .condition_expression(
                "attribute_not_exists(#id) OR #expiry < :now OR (#status = :inprogress AND \
                 attribute_exists(#in_progress_expiry) AND #in_progress_expiry < :now_in_millis)",
            )
            .expression_attribute_names("#id", key)
            .expression_attribute_names("#expiry", expiration)
            .expression_attribute_names("#in_progress_expiry", in_progress_expiration)
            .expression_attribute_names("#data", data)
            .expression_attribute_names("#validation", validation)
            .expression_attribute_names("#previous", previous)
            .expression_attribute_values(":now", number(claim.now / 1_000))
            .expression_attribute_values(":now_in_millis", number(claim.now))
            .expression_attribute_values(":expiry", number(claim.expires_at))
            .expression_attribute_values(":in_progress_expiry", number(claim.locked_until))
            .expression_attribute_values(":none", text(NO_STATUS))
            .set_return_values(Some(ReturnValue::UpdatedNew));
        let request = match claim.payload_hash {
            Some(hash) => request.expression_attribute_values(":validation", text(hash)),
            None => request,
        };
        let error = match request.send().await {
            Ok(answer) => {
                let written = answer.attributes.unwrap_or_default();
                let previous = written.get(previous).and_then(|status| status.as_s().ok());
                return Ok(Begin::acquired(
                    previous.is_some_and(|status| status == Status::InProgress.as_str()),
                ));
            }
            Err(error) => error,
        };
        if let Some(UpdateItemError::ConditionalCheckFailedException(failed)) = error.as_service_error() {
            let item = failed.item().ok_or_else(no_item)?;
            return Ok(Begin::Exists(record(item, &self.attributes)?));
        }
        Err(of_sdk(error, &self.table_key()))
    }

    async fn complete_now(&self, completion: &Completion<'_>) -> Result<Complete, StoreError> {
        let room = MAX_ITEM.saturating_sub(self.overhead(completion));
        let answer = completion.answer.filter(|answer| answer.len() <= room);
        let mut completed = self.complete_with(completion, answer).await;
        // The item may be larger than computed, because others may add attributes to it.
        let is_refused = matches!(&completed, Err(Incomplete::TooLarge(_)));
        let is_without = is_refused || answer.is_some() != completion.answer.is_some();
        if is_refused {
            completed = self.complete_with(completion, None).await;
        }
        match completed {
            Ok(Complete::Done) if is_without => Ok(Complete::DoneWithoutAnswer),
            Ok(completed) => Ok(completed),
            Err(Incomplete::TooLarge(error) | Incomplete::Failed(error)) => Err(error),
        }
    }

    async fn complete_with(&self, completion: &Completion<'_>, answer: Option<&str>) -> Result<Complete, Incomplete> {
        let Attributes { expiration, data, .. } = &self.attributes;
        let request = self
            .update(completion.key, completion.token)
            .update_expression(match answer {
                Some(_) => "SET #response_data = :response_data, #expiry = :expiry, #status = :status",
                None => "SET #expiry = :expiry, #status = :status",
            })
            .condition_expression("#token = :token AND #status = :inprogress")
            .expression_attribute_names("#expiry", expiration)
            .expression_attribute_values(":expiry", number(completion.expires_at))
            .expression_attribute_values(":status", text(Status::Completed.as_str()));
        let request = match answer {
            Some(answer) => request
                .expression_attribute_names("#response_data", data)
                .expression_attribute_values(":response_data", text(answer)),
            None => request,
        };
        let Err(error) = request.send().await else {
            return Ok(Complete::Done);
        };
        if let Some(UpdateItemError::ConditionalCheckFailedException(failed)) = error.as_service_error() {
            // A record that cannot be read is not ours.
            let record = failed.item().and_then(|item| record(item, &self.attributes).ok());
            return Ok(Complete::Lost(record));
        }
        let is_too_large = is_too_large(&error);
        let error = of_sdk(error, &self.table_key());
        Err(if is_too_large {
            Incomplete::TooLarge(error)
        } else {
            Incomplete::Failed(error)
        })
    }

    fn delete(&self, key: &str, token: &Token) -> DeleteItemFluentBuilder {
        let mut request = self
            .client
            .delete_item()
            .table_name(&self.table)
            .expression_attribute_names("#token", &self.attributes.token)
            .expression_attribute_names("#status", &self.attributes.status)
            .expression_attribute_values(":token", text(token.as_str()))
            .expression_attribute_values(":inprogress", text(Status::InProgress.as_str()));
        for (name, value) in self.key(key) {
            request = request.key(name, value);
        }
        request
    }

    async fn release_now(&self, key: &str, token: &Token) -> Result<Release, StoreError> {
        let request = self.delete(key, token);
        self.deleted(request.condition_expression("#token = :token AND #status = :inprogress"))
            .await
    }

    async fn withdraw_now(&self, key: &str, token: &Token) -> Result<Release, StoreError> {
        let request = self
            .delete(key, token)
            .condition_expression("#token = :token AND #status = :inprogress AND #previous = :none")
            .expression_attribute_names("#previous", &self.attributes.previous)
            .expression_attribute_values(":none", text(NO_STATUS));
        self.deleted(request).await
    }

    async fn deleted(&self, request: DeleteItemFluentBuilder) -> Result<Release, StoreError> {
        match request.send().await {
            Ok(_) => Ok(Release::Done),
            Err(error) => match error.as_service_error() {
                Some(error) if error.is_conditional_check_failed_exception() => Ok(Release::Lost),
                _ => Err(of_sdk(error, &self.table_key())),
            },
        }
    }

    /// Returns an update of a key's item, with the names and values that all have.
    fn update(&self, key: &str, token: &Token) -> UpdateItemFluentBuilder {
        let mut request = self
            .client
            .update_item()
            .table_name(&self.table)
            .expression_attribute_names("#token", &self.attributes.token)
            .expression_attribute_names("#status", &self.attributes.status)
            .expression_attribute_values(":token", text(token.as_str()))
            .expression_attribute_values(":inprogress", text(Status::InProgress.as_str()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        for (name, value) in self.key(key) {
            request = request.key(name, value);
        }
        request
    }

    fn key(&self, key: &str) -> impl Iterator<Item = (&str, AttributeValue)> {
        let (partition, sort) = match &self.sort_key {
            None => (key, None),
            Some((name, partition)) => (&**partition, Some((&**name, text(key)))),
        };
        [(&*self.attributes.key, text(partition))].into_iter().chain(sort)
    }

    /// Says what key the table must have.
    fn table_key(&self) -> impl fmt::Display {
        let partition = format!("the text attribute {:?} as its partition key", self.attributes.key);
        match &self.sort_key {
            None => partition + " and no sort key",
            Some((name, _)) => format!("{partition} and the text attribute {name:?} as its sort key"),
        }
    }

    /// Returns the bytes of a completed item without its answer, at most.
    fn overhead(&self, completion: &Completion<'_>) -> usize {
        let sort_key = self.sort_key.as_ref();
        let sort_key = sort_key.map_or(0, |(name, partition)| name.len() + partition.len());
        let payload_hash = completion.payload_hash.map_or(0, str::len);
        self.attributes.len() + completion.key.len() + sort_key + payload_hash + 2 * NUMBER + WORDS
    }
}

/// Why a record was not completed.
enum Incomplete {
    TooLarge(StoreError),
    Failed(StoreError),
}

impl Store for DynamoDbStore {
    fn name(&self) -> &str {
        &self.name
    }

    fn begin<'a>(&'a self, claim: &'a Claim<'a>) -> StoreFuture<'a, Begin> {
        Box::pin(self.begin_now(claim))
    }

    fn complete<'a>(&'a self, completion: &'a Completion<'a>) -> StoreFuture<'a, Complete> {
        Box::pin(self.complete_now(completion))
    }

    fn release<'a>(&'a self, key: &'a str, token: &'a Token) -> StoreFuture<'a, Release> {
        Box::pin(self.release_now(key, token))
    }

    fn withdraw<'a>(&'a self, key: &'a str, token: &'a Token) -> StoreFuture<'a, Release> {
        Box::pin(self.withdraw_now(key, token))
    }
}

impl fmt::Debug for DynamoDbStore {
    /// Leaves out the client, because its parts decide what they show.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamoDbStore")
            .field("table", &self.table)
            .finish_non_exhaustive()
    }
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn no_item() -> StoreError {
    StoreError::unavailable("the answer has no item: the store does not return items of failed conditions")
}
