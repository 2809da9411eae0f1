//! Amazon DynamoDB Streams.

mod attribute;
mod decimal;
mod from_item;
mod images;
mod map_key;
mod record;
mod stream;

pub use self::images::{Change, ItemKeys, NewImage, OldImage};
pub use self::record::{DynamoDbEventRecord, DynamoDbStreamRecord, DynamoDbUserIdentity};
pub use self::stream::{DynamoDbBatchItemFailure, DynamoDbEvent, DynamoDbEventResponse};
