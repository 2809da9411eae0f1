//! A module for each source, with its event, record and response.

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
