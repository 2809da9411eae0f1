//! `LogFormatter`, the trait of custom formats.

use super::log_record::LogRecord;

/// Writes records in a custom format.
///
/// `format` appends one line without its newline; a newline inside it becomes a space. It runs on the thread that logs,
/// for each record that is written or buffered, so it should be fast. No lock is held, so it can log itself. If it
/// panics, the record is written in the standard format, with one warning. To test a formatter, set it on a
/// [`Logger`](crate::Logger) with a `TestEnvironment` and read the lines.
///
/// Closures implement it:
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
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used as a log formatter",
    label = "does not implement `LogFormatter`",
    note = "implement `LogFormatter`, or pass a closure with the argument types `&LogRecord<'_>` and `&mut Vec<u8>`"
)]
pub trait LogFormatter: Send + Sync + 'static {
    /// Appends `record` to `line`.
    fn format(&self, record: &LogRecord<'_>, line: &mut Vec<u8>);
}

impl<F: Fn(&LogRecord<'_>, &mut Vec<u8>) + Send + Sync + 'static> LogFormatter for F {
    fn format(&self, record: &LogRecord<'_>, line: &mut Vec<u8>) {
        self(record, line);
    }
}
