//! A record of a batch, and the traits that records implement.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use lambda_runtime::Context;

use crate::DecodeError;

/// A record of a batch: its id and the group in which it must stay in order.
///
/// Implement it for the records of a custom [`BatchEvent`](crate::BatchEvent).
pub trait BatchRecord: Send + Sync + 'static {
    /// Returns the id with which the record is reported to Lambda; `None` if it has none.
    fn id(&self) -> Option<Cow<'_, str>>;

    /// Returns the group of records that must be processed in order; `None` if the record is in no group.
    ///
    /// The group is the message group of a FIFO queue, the partition key, the item's key or the Kafka partition.
    fn group(&self) -> Option<Cow<'_, str>>;

    /// Returns an error if the record cannot be read. It then fails, and its handler is not called. Default: `Ok`.
    ///
    /// # Errors
    ///
    /// Returns an error if a part of the record that its handler needs is not of the expected type.
    fn check(&self) -> Result<(), DecodeError> {
        Ok(())
    }
}

/// A record with a body, such as an SQS message, a Kinesis record or a Kafka record.
///
/// Handlers of such records can take [`Json<T>`](crate::Json), `String` and `Vec<u8>`.
#[diagnostic::on_unimplemented(
    message = "records of type `{Self}` have no body",
    label = "no body to decode",
    note = "`Json<T>`, `String` and `Vec<u8>` decode the body of SQS, Kinesis and Kafka records",
    note = "handlers of DynamoDB stream records take `Change<T>`, `NewImage<T>`, `OldImage<T>`, `ItemKeys<T>` or `Record<DynamoDbEventRecord>`"
)]
pub trait RecordBody: BatchRecord {
    /// Returns the decoded bytes of the body.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no body, or if its encoding is invalid.
    fn body(&self) -> Result<Cow<'_, [u8]>, DecodeError>;
}

/// A record of a batch, as delivered, with the Lambda context of the invocation.
///
/// Dereferences to `R`, so its fields are directly available: `record.message_attributes`. It is cheap to clone: a handle
/// on the whole batch, which stays in memory as long as any of its records is held.
pub struct Record<R> {
    batch: Arc<Records<R>>,
    index: usize,
}

/// The records of a batch.
pub(crate) struct Records<R> {
    pub(crate) items: Vec<R>,
    pub(crate) context: Context,
}

impl<R> Record<R> {
    /// Returns the record at `index`, which must be an index of the batch.
    pub(crate) fn new(batch: &Arc<Records<R>>, index: usize) -> Self {
        Self {
            batch: Arc::clone(batch),
            index,
        }
    }

    /// Returns the Lambda context of the invocation.
    pub fn context(&self) -> &Context {
        &self.batch.context
    }
}

impl<R: BatchRecord> Record<R> {
    /// Returns the id with which the record is reported to Lambda, such as the `messageId`.
    pub fn id(&self) -> Cow<'_, str> {
        (**self).id().unwrap_or_default()
    }
}

impl<R> Clone for Record<R> {
    fn clone(&self) -> Self {
        Self::new(&self.batch, self.index)
    }
}

impl<R> Deref for Record<R> {
    type Target = R;

    fn deref(&self) -> &R {
        &self.batch.items[self.index]
    }
}

impl<R: fmt::Debug> fmt::Debug for Record<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Record").field(&**self).finish()
    }
}
