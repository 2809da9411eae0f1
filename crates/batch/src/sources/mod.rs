//! A module for each source, with its event, record and response.

mod batch_event;
#[cfg(feature = "dynamodb")]
pub mod dynamodb;
#[cfg(feature = "kafka")]
pub mod kafka;
#[cfg(feature = "kinesis")]
pub mod kinesis;
#[cfg(any(feature = "dynamodb", feature = "kafka", feature = "kinesis", feature = "sqs"))]
#[cfg_attr(
    not(all(feature = "dynamodb", feature = "kafka", feature = "kinesis", feature = "sqs")),
    allow(dead_code, unused_imports) // each source uses its part
)]
mod reading;
#[cfg(feature = "sqs")]
pub mod sqs;
#[cfg(any(feature = "dynamodb", feature = "kinesis"))]
mod time_window;

pub use self::batch_event::{BatchEvent, DeliveryOrder};
#[cfg(any(feature = "dynamodb", feature = "kinesis"))]
pub use self::time_window::TimeWindow;
