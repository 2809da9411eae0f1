//! `BackOff`, the trait that decides when failed messages are delivered again.

use lambda_runtime::Error as BoxError;

use crate::Record;
use crate::sqs::SqsMessage;

/// Decides when failed SQS messages come again; see [`Batch::back_off`](crate::Batch::back_off).
///
/// `VisibilityBackOff`, behind the feature `sqs-backoff`, is one that calls SQS. The function's response waits for the
/// future, so it should do no more than one call for ten messages, and it may be dropped when the deadline is near. An
/// error or a panic is one warning. A test double keeps what it is given.
pub trait BackOff: Send + Sync + 'static {
    /// Puts off the next delivery of these messages, which all failed; never called without one.
    fn back_off(&self, failed: Vec<Record<SqsMessage>>) -> impl Future<Output = Result<(), BoxError>> + Send;
}
