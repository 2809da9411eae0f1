//! What changes an answer of DynamoDB, and the words for it.

use std::borrow::Cow;

use super::DynamoDb;
use crate::{Get, GetMultiple};

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
