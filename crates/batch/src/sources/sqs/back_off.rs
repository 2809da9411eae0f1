//! `BackOff`, the trait that decides when failed messages are delivered again.

use lambda_runtime::Error as BoxError;

use crate::Record;
use crate::sqs::SqsMessage;

/// Decides when failed SQS messages are delivered again; see [`Batch::back_off`](crate::Batch::back_off).
///
/// `VisibilityBackOff`, behind the feature `sqs-backoff`, implements it with calls to SQS. The function's response waits
/// for the future, so an implementation should make at most one call for ten messages. The future may be dropped when
/// the deadline is near. An error or a panic produces one warning. For a test, implement it with a type that records the
/// messages it receives.
pub trait BackOff: Send + Sync + 'static {
    /// Delays the next delivery of these messages, which all failed. Never called with an empty list.
    fn back_off(&self, failed: Vec<Record<SqsMessage>>) -> impl Future<Output = Result<(), BoxError>> + Send;
}
