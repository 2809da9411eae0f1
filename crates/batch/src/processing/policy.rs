//! The policies for records and batches that fail.

use std::fmt;
use std::pin::Pin;

use lambda_runtime::Error as BoxError;

/// What happens to the other records of a batch when one has failed.
///
/// Records that are not started for it are reported as failed, so that they come again. Where nothing is said, the
/// source decides:
///
/// | source | default | delivered again is |
/// |---|---|---|
/// | SQS standard queue | `Continue` | what is reported |
/// | SQS FIFO queue | `Stop` | what is reported |
/// | Kinesis, DynamoDB Streams | `Stop` | everything from the first reported record on |
/// | Kafka | `SkipGroup` | everything of the partition from its first reported record on |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailurePolicy {
    /// Processes every record, whatever happens to others.
    ///
    /// On a stream, records behind the failed one are processed and then delivered again. On a FIFO queue it is
    /// `SkipGroup`: a message that overtook a failed one of its group would break the order for good.
    Continue,
    /// Processes no later record of the same group: FIFO message group, partition key, item key, Kafka partition.
    SkipGroup,
    /// Starts no record any more.
    Stop,
}

/// What comes out when no record of a batch was processed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FullFailurePolicy {
    /// An error, which fails the invocation and so counts in Lambda's `Errors` metric. It carries the response.
    #[default]
    Error,
    /// A response that reports every record.
    Report,
}

/// What becomes of a record that failed.
#[non_exhaustive]
pub enum FailureAction {
    /// It is reported as failed, so that it comes again: the default.
    Retry,
    /// It counts as processed and does not come again: for a poison pill that no retry will heal.
    Drop,
    /// It is handed over; see [`FailureAction::forward`].
    Forward(ForwardFuture),
}

/// Takes care of a record in some other way.
pub struct ForwardFuture(pub(crate) Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>);

impl FailureAction {
    /// Hands the record to a future, such as one that sends it to a dead-letter queue of your own.
    ///
    /// Where the future succeeds the record counts as processed; where it fails or panics the record is reported as
    /// failed. Records that wait for this one, in its group, wait for the future too.
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
