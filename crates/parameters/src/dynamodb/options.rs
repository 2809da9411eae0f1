//! `DynamoDbOptions`, the options of requests to DynamoDB.

use std::borrow::Cow;

/// The options of a request to DynamoDB.
///
/// The methods of the requests set them, such as [`Get::sort_key`](crate::request::Get::sort_key). For
/// [`names_with`](crate::request::GetByNames::names_with), change the fields; in a custom provider, start from
/// `DynamoDbOptions::default()`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct DynamoDbOptions {
    /// The item's sort key, for a table with a sort key.
    pub sort_key: Option<Cow<'static, str>>,
    /// Whether the read is strongly consistent, which costs twice as much. Default: `false`.
    pub consistent: bool,
    /// The number of items in a page. Default: up to 1 MB of items.
    pub page_size: Option<i32>,
}
