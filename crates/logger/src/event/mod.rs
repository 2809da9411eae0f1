//! What the logger reads from the raw event: the correlation id, and the event itself.

mod correlation_id;
mod correlation_path;
mod event_log;
mod names;
mod pointer;
mod scanner;
mod secrets;
#[cfg(test)]
mod test_json;
mod text;
mod writer;

pub use correlation_id::CorrelationId;
pub use correlation_path::{CorrelationPath, CorrelationPathError};
pub use event_log::EventLog;
