//! Formats other than the standard one.

use powertools_lambda_core::json;

use crate::log_record::LogRecord;

/// Writes records in a format of one's own.
///
/// `format` appends one line without its newline; a newline inside it becomes a space. It runs on the thread that logs,
/// for each record that is written or waits, so it should be quick. No lock is held: it may log itself. Where it panics
/// the record is written in the standard format, with one warning. A test needs no double: [`Logger`](crate::Logger)
/// with a formatter and a memory output shows its lines.
///
/// A closure will do:
///
/// ```
/// use powertools_lambda_logger::{LogRecord, Logger};
///
/// let logger = Logger::builder()
///     .formatter(|record: &LogRecord<'_>, line: &mut Vec<u8>| {
///         line.extend_from_slice(br#"{"log":"#);
///         record.write_json(line);
///         line.push(b'}');
///     })
///     .build();
/// ```
pub trait LogFormatter: Send + Sync + 'static {
    /// Appends `record` to `line`.
    fn format(&self, record: &LogRecord<'_>, line: &mut Vec<u8>);
}

impl<F: Fn(&LogRecord<'_>, &mut Vec<u8>) + Send + Sync + 'static> LogFormatter for F {
    fn format(&self, record: &LogRecord<'_>, line: &mut Vec<u8>) {
        self(record, line);
    }
}

/// Writes the standard format, and errors as Datadog's error tracking reads them.
///
/// Datadog knows `level`, `timestamp`, `message` and `service` by these names. An error is there besides as
/// `error.kind`, `error.message` and `error.stack`.
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
            // A stack is a text to Datadog.
            line.extend_from_slice(br#","stack":"#);
            json::write_str(line, stack);
        }
        line.extend_from_slice(b"}}");
    }
}
