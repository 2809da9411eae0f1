//! The formats of records: the standard one, custom ones, timestamps, the limit on length.

mod datadog;
mod formatter;
mod line_format;
mod log_record;
mod pretty;
mod time_format;
mod truncate;

pub use self::datadog::DatadogFormatter;
pub use self::formatter::LogFormatter;
pub(crate) use self::line_format::{DEFAULT_MAX_BYTES, LineFormat, MIN_MAX_BYTES};
pub use self::log_record::LogRecord;
pub(crate) use self::time_format::TimeFormat;
