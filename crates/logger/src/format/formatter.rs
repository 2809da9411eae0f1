//! The trait of formats other than the standard one.

use super::log_record::LogRecord;

/// Writes records in a format of your own.
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
