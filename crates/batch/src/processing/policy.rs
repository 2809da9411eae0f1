//! `FailurePolicy`, `FullFailurePolicy` and `FailureAction`: what happens after failures.

use std::fmt;
use std::pin::Pin;

use lambda_runtime::Error as BoxError;

/// What happens to the other records of a batch after one has failed.
///
/// Records that are not started because of it are reported as failed, so that they are delivered again. The default
/// depends on the source:
///
/// | source | default | delivered again |
/// |---|---|---|
/// | SQS standard queue | `Continue` | the reported records |
/// | SQS FIFO queue | `Stop` | the reported records |
/// | Kinesis, DynamoDB Streams | `Stop` | all records from the first reported one on |
/// | Kafka | `SkipGroup` | all records of the partition from its first reported one on |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailurePolicy {
    /// Processes every record.
    ///
    /// On a stream, records after the failed one are processed and then delivered again. On a FIFO queue this means
    /// `SkipGroup`, because a message that overtakes a failed one of its group would break the order for good.
    Continue,
    /// Processes no later record of the same group: FIFO message group, partition key, item key, Kafka partition.
    SkipGroup,
    /// Starts no further records.
    Stop,
}

/// What is returned if no record of a batch was processed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FullFailurePolicy {
    /// Returns a [`FullBatchError`](crate::FullBatchError), which fails the invocation and so counts in Lambda's `Errors`
    /// metric.
    #[default]
    Error,
    /// Returns a response that reports every record.
    Report,
}

/// What happens to a record that failed; see [`Batch::on_error`](crate::Batch::on_error).
#[non_exhaustive]
pub enum FailureAction {
    /// Reports the record as failed, so that it is delivered again. This is the default.
    Retry,
    /// Counts the record as processed, so that it is not delivered again: for records that would always fail.
    Drop,
    /// Runs a future that takes care of the record; see [`FailureAction::forward`].
    Forward(ForwardFuture),
}

/// The future of [`FailureAction::forward`], boxed.
pub struct ForwardFuture(pub(crate) Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>);

impl FailureAction {
    /// Runs a future that takes care of the record, for example by sending it to a dead-letter queue.
    ///
    /// If the future succeeds, the record counts as processed. If it fails or panics, the record is reported as failed.
    /// Later records of the same group wait for the future.
    pub fn forward<F, E>(future: F) -> Self
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        Self::Forward(ForwardFuture(Box::pin(async move { future.await.map_err(Into::into) })))
    }
}

impl fmt::Debug for FailureAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Retry => "Retry",
            Self::Drop => "Drop",
            Self::Forward(_) => "Forward",
        })
    }
}

impl fmt::Debug for ForwardFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ForwardFuture")
    }
}
