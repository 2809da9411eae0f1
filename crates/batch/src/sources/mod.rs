//! The events of each source, their records and their responses.

mod batch_event;
#[cfg(feature = "dynamodb")]
pub mod dynamodb;
#[cfg(feature = "kafka")]
pub mod kafka;
#[cfg(feature = "kinesis")]
pub mod kinesis;
#[cfg(feature = "sqs")]
pub mod sqs;

pub use self::batch_event::{BatchEvent, DeliveryOrder};
