//! Amazon DynamoDB.

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
/// A parameter is an item. Its name is the partition key, attribute `id`; its value is the attribute `value`. Items of one
/// partition that a sort key tells apart, attribute `sk`, are read together by
/// [`get_multiple`](Parameters::get_multiple), or one by one with [`sort_key`](crate::request::Get::sort_key).
///
/// A text or number is read as it is, bytes as bytes, and everything else as its JSON. The function needs
/// `dynamodb:GetItem` and, for `get_multiple`, `dynamodb:Query`.
#[derive(Clone)]
pub struct DynamoDb {
    client: Client,
    table: String,
    key_attribute: String,
    sort_attribute: String,
    value_attribute: String,
}

impl DynamoDb {
    /// Creates a store on a table, with whatever credentials, endpoint and retries the client has.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self {
            client,
            table: table.into(),
            key_attribute: "id".to_owned(),
            sort_attribute: "sk".to_owned(),
            value_attribute: "value".to_owned(),
        }
    }

    /// Sets the attribute that is the partition key: `id`.
    #[must_use]
    pub fn key_attribute(mut self, name: impl Into<String>) -> Self {
        self.key_attribute = name.into();
        self
    }

    /// Sets the attribute that is the sort key: `sk`.
    #[must_use]
    pub fn sort_attribute(mut self, name: impl Into<String>) -> Self {
        self.sort_attribute = name.into();
        self
    }

    /// Sets the attribute that has the value: `value`.
    #[must_use]
    pub fn value_attribute(mut self, name: impl Into<String>) -> Self {
        self.value_attribute = name.into();
        self
    }

    /// Returns the client, for what the utility has no words for.
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

impl Parameters<DynamoDb> {
    /// Creates a handle on a table from the SDK's configuration; for a client of one's own, or other attributes, see
    /// [`DynamoDb::new`].
    pub fn dynamodb(config: &SdkConfig, table: impl Into<String>) -> Self {
        Self::new(DynamoDb::new(Client::new(config), table))
    }
}

impl<D> Get<'_, DynamoDb, D> {
    /// Sets the sort key, for a table that has one.
    pub fn sort_key(self, sort_key: impl Into<Cow<'static, str>>) -> Self {
        self.options(|options| options.sort_key = Some(sort_key.into()))
    }

    /// Reads what was written last, at twice the price; a moment ago otherwise.
    pub fn consistent(self) -> Self {
        self.options(|options| options.consistent = true)
    }
}

impl<D> GetMultiple<'_, DynamoDb, D> {
    /// Reads what was written last, at twice the price; a moment ago otherwise.
    pub fn consistent(self) -> Self {
        self.options(|options| options.consistent = true)
    }

    /// Sets how many items are read in a call; up to 1 MB of them otherwise. All pages are read in any case.
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
    /// Leaves the client out, which shows whatever its own parts show.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamoDb")
            .field("table", &self.table)
            .finish_non_exhaustive()
    }
}
