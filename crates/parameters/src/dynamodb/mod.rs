//! Amazon DynamoDB: a table as a store, and its options.

mod attribute;
mod options;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_types::SdkConfig;

pub use options::DynamoDbOptions;

use crate::aws_error::of_sdk;
use crate::decode::Text;
use crate::request::{Get, GetMultiple};
use crate::{Parameters, Provider, ProviderError, Value};

/// A DynamoDB table of parameters, for [`Parameters::dynamodb`] and [`Parameters::builder`].
///
/// Each parameter is an item. Its name is the partition key (attribute `id`), and its value is the attribute `value`. In a
/// table with a sort key (attribute `sk`), [`get_multiple`](Parameters::get_multiple) reads all items of a partition, and
/// [`sort_key`](crate::request::Get::sort_key) selects one.
///
/// A text or a number is read as text, bytes as bytes, and everything else as JSON. DynamoDB's numbers have up to 38 digits: read
/// them as text, as an integer of up to 128 bits, or as a type for decimals; `serde_json::Value` refuses a number that it would
/// round. The function needs `dynamodb:GetItem` and, for `get_multiple`, `dynamodb:Query`.
#[derive(Clone)]
pub struct DynamoDb {
    client: Client,
    table: String,
    key_attribute: String,
    sort_attribute: String,
    value_attribute: String,
}

impl DynamoDb {
    /// Creates a store with a table and a client, whose credentials, endpoint and retries are used.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self {
            client,
            table: table.into(),
            key_attribute: "id".to_owned(),
            sort_attribute: "sk".to_owned(),
            value_attribute: "value".to_owned(),
        }
    }

    /// Sets the attribute of the partition key. Default: `id`.
    #[must_use = "`key_attribute` returns the changed store"]
    pub fn key_attribute(mut self, name: impl Into<String>) -> Self {
        self.key_attribute = name.into();
        self
    }

    /// Sets the attribute of the sort key. Default: `sk`.
    #[must_use = "`sort_attribute` returns the changed store"]
    pub fn sort_attribute(mut self, name: impl Into<String>) -> Self {
        self.sort_attribute = name.into();
        self
    }

    /// Sets the attribute of the value. Default: `value`.
    #[must_use = "`value_attribute` returns the changed store"]
    pub fn value_attribute(mut self, name: impl Into<String>) -> Self {
        self.value_attribute = name.into();
        self
    }

    /// Returns the client, for operations that this crate does not have.
    pub fn client(&self) -> &Client {
        &self.client
    }

    fn value_of(&self, item: &mut HashMap<String, AttributeValue>) -> Result<Value, ProviderError> {
        let attribute = item.remove(&self.value_attribute);
        let attribute = attribute
            .ok_or_else(|| ProviderError::refused(format!("the item has no attribute {:?}", self.value_attribute)))?;
        attribute::value(attribute)
    }
}

/// The handle on a DynamoDB table, for signatures: `async fn handler(table: &DynamoDbParameters, …)`.
pub type DynamoDbParameters = Parameters<DynamoDb>;

impl Parameters<DynamoDb> {
    /// Creates a handle on a table from the SDK's configuration.
    ///
    /// For a custom client or other attributes, pass [`DynamoDb::new`] to [`Parameters::new`].
    pub fn dynamodb(config: &SdkConfig, table: impl Into<String>) -> Self {
        Self::new(DynamoDb::new(Client::new(config), table))
    }
}

impl<D> Get<'_, DynamoDb, D> {
    /// Sets the sort key of the item, for a table with a sort key.
    pub fn sort_key(self, sort_key: impl Into<Cow<'static, str>>) -> Self {
        self.options(|options| options.sort_key = Some(sort_key.into()))
    }

    /// Uses a strongly consistent read, which costs twice as much. Default: eventually consistent.
    pub fn consistent(self) -> Self {
        self.options(|options| options.consistent = true)
    }
}

impl<D> GetMultiple<'_, DynamoDb, D> {
    /// Uses a strongly consistent read, which costs twice as much. Default: eventually consistent.
    pub fn consistent(self) -> Self {
        self.options(|options| options.consistent = true)
    }

    /// Sets the number of items in a page. Default: up to 1 MB of items. All pages are read in any case.
    pub fn page_size(self, items: i32) -> Self {
        self.options(|options| options.page_size = Some(items))
    }
}

impl Provider for DynamoDb {
    const STORE: &'static str = "DynamoDB";
    type Options = DynamoDbOptions;
    type Default = Text;

    async fn get(&self, name: &str, options: &DynamoDbOptions) -> Result<Value, ProviderError> {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let mut call = self
            .client
            .get_item()
            .table_name(&self.table)
            .key(&self.key_attribute, text(name))
            .projection_expression("#value")
            .expression_attribute_names("#value", &self.value_attribute)
            .consistent_read(options.consistent);
        if let Some(sort_key) = &options.sort_key {
            call = call.key(&self.sort_attribute, text(sort_key));
        }
        let answer = call.send().await.map_err(|error| of_sdk(error, &[]))?;
        let mut item = answer.item.ok_or_else(ProviderError::not_found)?;
        self.value_of(&mut item)
    }

    async fn get_multiple(&self, path: &str, options: &DynamoDbOptions) -> Result<Vec<(String, Value)>, ProviderError> {
        let call = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("#key = :key")
            .projection_expression("#sort, #value")
            .expression_attribute_names("#key", &self.key_attribute)
            .expression_attribute_names("#sort", &self.sort_attribute)
            .expression_attribute_names("#value", &self.value_attribute)
            .expression_attribute_values(":key", AttributeValue::S(path.to_owned()))
            .set_limit(options.page_size)
            .consistent_read(options.consistent);
        let mut items = call.into_paginator().items().send();
        let mut values = Vec::new();
        while let Some(item) = items.next().await {
            let mut item = item.map_err(|error| of_sdk(error, &[]))?;
            let name = item.remove(&self.sort_attribute);
            let name = name
                .ok_or_else(|| ProviderError::refused(format!("an item has no attribute {:?}", self.sort_attribute)))?;
            let name = attribute::value(name)?;
            let name = name.as_str().map_err(ProviderError::refused)?.to_owned();
            values.push((name, self.value_of(&mut item)?));
        }
        Ok(values)
    }
}

impl fmt::Debug for DynamoDb {
    /// Leaves out the client, because its parts decide what they show.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamoDb")
            .field("table", &self.table)
            .finish_non_exhaustive()
    }
}
