//! `LogBuffer`, the configuration of the buffer of an invocation.

use std::time::Duration;

use tracing::Level;

/// Buffers the DEBUG records of an invocation, and writes them only if something goes wrong.
///
/// An ERROR record, the handler's error or panic, or [`flush_buffer`](crate::flush_buffer) writes the buffered records,
/// oldest first and each with its own timestamp. Records that are still buffered when the invocation ends are
/// discarded, so that successful invocations cost nothing to store or read.
///
/// Records are buffered regardless of the logger's level, down to DEBUG (TRACE only if it is the level of the buffer or
/// of the logger), but never records that Lambda's level excludes. A target with a separate level keeps it. Outside an
/// invocation nothing is buffered and the logger's level decides. In an invocation without a trace id, and after the
/// flush before the deadline, records that would be buffered are written immediately; in a sampled invocation, all
/// records are.
///
/// ```
/// use powertools_lambda_logger::{LogBuffer, Logger};
///
/// let logger = Logger::builder().buffer(LogBuffer::new().max_bytes(64 * 1024)).build();
/// ```
#[derive(Clone, Debug)]
#[must_use = "pass it to `LoggerBuilder::buffer`"]
pub struct LogBuffer {
    pub(crate) level: Level,
    pub(crate) max_bytes: usize,
    pub(crate) flush_on_error: bool,
    pub(crate) flush_before_deadline: Option<Duration>,
}

impl LogBuffer {
    /// Creates a buffer of 20,480 bytes for DEBUG records that is flushed on errors.
    pub fn new() -> Self {
        Self {
            level: Level::DEBUG,
            max_bytes: 20_480,
            flush_on_error: true,
            flush_before_deadline: None,
        }
    }

    /// Sets the least verbose level that is buffered. Default: DEBUG.
    ///
    /// With INFO, both INFO and DEBUG records are buffered. ERROR records are never buffered: ERROR is treated as WARN.
    pub fn level(mut self, level: Level) -> Self {
        self.level = level.max(Level::WARN);
        self
    }

    /// Sets how many bytes of records an invocation buffers. Default: 20,480.
    ///
    /// Beyond that the oldest records are dropped, and a flush prints one warning about it on stderr. A single record
    /// that is larger is written immediately, with one warning.
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Sets whether an ERROR record, the handler's error or its panic flushes the buffer. Default: true.
    pub fn flush_on_error(mut self, flush: bool) -> Self {
        self.flush_on_error = flush;
        self
    }

    /// Flushes the buffer once this much time remains before the deadline. Off by default.
    ///
    /// Lambda ends a function that times out without notice, so this shows its last steps. Records after the flush are
    /// written immediately. It also works if the handler blocks the only thread of its runtime.
    pub fn flush_before_deadline(mut self, left: Duration) -> Self {
        self.flush_before_deadline = Some(left);
        self
    }
}

impl Default for LogBuffer {
    fn default() -> Self {
        Self::new()
    }
}
