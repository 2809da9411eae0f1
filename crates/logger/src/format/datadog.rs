//! `DatadogFormatter`, the format that Datadog's error tracking reads.

use powertools_lambda_core::json;

use super::formatter::LogFormatter;
use super::log_record::LogRecord;

/// Writes the standard format, with errors in the form that Datadog's error tracking reads.
///
/// Datadog recognizes `level`, `timestamp`, `message` and `service` by these names. An error is also written as
/// `error.kind`, `error.message` and `error.stack`, unless the record already has a key `error`.
///
/// ```
/// use powertools_lambda_logger::{DatadogFormatter, Logger};
///
/// let logger = Logger::builder().formatter(DatadogFormatter).build();
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct DatadogFormatter;

impl LogFormatter for DatadogFormatter {
    fn format(&self, record: &LogRecord<'_>, line: &mut Vec<u8>) {
        record.write_json(line);
        let Some(message) = record.value("exception") else {
            return;
        };
        if record.value("error").is_some() {
            return;
        }
        line.pop();
        line.extend_from_slice(br#","error":{"kind":"#);
        line.extend_from_slice(record.value("exception_name").unwrap_or("null").as_bytes());
        line.extend_from_slice(br#","message":"#);
        line.extend_from_slice(message.as_bytes());
        if let Some(stack) = record.value("stack_trace") {
            // Datadog expects the stack as a string.
            line.extend_from_slice(br#","stack":"#);
            json::write_str(line, stack);
        }
        line.extend_from_slice(b"}}");
    }
}
