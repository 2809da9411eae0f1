//! What changes an answer of DynamoDB.

use std::borrow::Cow;

/// What changes an answer of DynamoDB beside the name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct DynamoDbOptions {
    /// The sort key, of a table that has one.
    pub sort_key: Option<Cow<'static, str>>,
    /// Whether a write that has just ended is seen; twice the price.
    pub consistent: bool,
    /// How many items a page has.
    pub page_size: Option<i32>,
}
