//! Amazon SQS: the event of standard and FIFO queues, and the back-off of failed messages.

mod back_off;
mod message;
mod queue;
#[cfg(feature = "sqs-backoff")]
mod visibility_back_off;

pub use self::back_off::BackOff;
pub use self::message::{SqsMessage, SqsMessageAttribute};
pub use self::queue::{SqsBatchItemFailure, SqsBatchResponse, SqsEvent};
#[cfg(feature = "sqs-backoff")]
pub use self::visibility_back_off::VisibilityBackOff;
