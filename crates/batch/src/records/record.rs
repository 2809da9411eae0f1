//! A record of a batch, and the traits that records implement.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use lambda_runtime::Context;

use crate::DecodeError;

/// What a record of a batch must tell.
pub trait BatchRecord: Send + Sync + 'static {
    /// Returns the id by which Lambda knows the record, as text; `None` where it has none.
    fn id(&self) -> Option<Cow<'_, str>>;

    /// Returns what the record shares with those it must be processed in order with; `None` where it is alone.
    ///
    /// The message group of a FIFO queue, the partition key, the item's key, the Kafka partition.
    fn group(&self) -> Option<Cow<'_, str>>;
}

/// A record with content of the user's own making: a body, data, a value.
pub trait RecordBody: BatchRecord {
    /// Returns the content.
    ///
    /// # Errors
    ///
    /// When there is none, or its encoding is broken.
    fn body(&self) -> Result<Cow<'_, [u8]>, DecodeError>;
}

/// A record of a batch, with the Lambda context of the invocation.
///
/// Dereferences to the record as it was delivered, so its attributes are at hand: `record.message_attributes`. A cheap
/// handle on the whole batch, which stays in memory as long as one of its records does.
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
    /// Returns the record at `index`, which the batch must have.
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
    /// Returns the id by which Lambda knows the record, as text.
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
