//! Amazon DynamoDB: a table as a store.

mod attributes;
mod error;
mod item;
mod store;

pub use store::DynamoDbStore;
