//! The correlation id and the logging of the event, both read from the raw event.

mod correlation_id;
mod correlation_id_path;
mod credentials;
mod encoded;
mod log_event;
mod multipart;
mod names;
mod part;
mod pointer;
mod secrets;
mod siblings;
#[cfg(test)]
mod test_json;
mod writer;

pub use self::correlation_id::CorrelationId;
pub(crate) use self::correlation_id::MAX_ID_BYTES;
pub use self::correlation_id_path::{CorrelationIdPath, CorrelationIdPathError};
pub use self::log_event::LogEvent;
