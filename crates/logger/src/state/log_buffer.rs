//! How records wait in their invocation.

use std::time::Duration;

use tracing::Level;

/// Keeps records of an invocation back, and writes them only if something goes wrong.
///
/// DEBUG records cost nothing to read while all is well, and are there when they are needed: an ERROR record, the
/// handler's error or its panic, or [`flush_buffer`](crate::flush_buffer) writes what waits, oldest first and each with its
/// own time. What is left when the invocation ends is forgotten.
///
/// Records wait at any level of the logger, down to DEBUG (TRACE only where it is the buffer's level or that of the
/// logger), but never below Lambda's own level. A target with a directive of its own keeps to it. Outside an invocation
/// nothing waits and the logger's level decides. In an invocation without a trace id, and after the flush before the
/// deadline, such records are written at once; so is everything in an invocation that is sampled.
///
/// ```
/// use powertools_lambda_logger::{LogBuffer, Logger};
///
/// let logger = Logger::builder().buffer(LogBuffer::new().max_bytes(64 * 1024)).build();
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct LogBuffer {
    pub(crate) level: Level,
    pub(crate) max_bytes: usize,
    pub(crate) flush_on_error: bool,
    pub(crate) flush_before_deadline: Option<Duration>,
}

impl LogBuffer {
    /// Creates a buffer of 20,480 bytes for DEBUG records, flushed on errors.
    pub fn new() -> Self {
        Self {
            level: Level::DEBUG,
            max_bytes: 20_480,
            flush_on_error: true,
            flush_before_deadline: None,
        }
    }

    /// Sets the least verbose level that waits, DEBUG unless set: with INFO, INFO and DEBUG records wait.
    ///
    /// ERROR records never wait: ERROR is taken for WARN.
    pub fn level(mut self, level: Level) -> Self {
        self.level = level.max(Level::WARN);
        self
    }

    /// Sets how many bytes of records an invocation keeps, 20,480 unless set.
    ///
    /// Beyond that the oldest are forgotten, and a record after the flush says so. A record that alone is larger is
    /// written at once, with a warning.
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Sets whether an ERROR record, the handler's error and its panic flush the buffer; they do unless set.
    pub fn flush_on_error(mut self, flush: bool) -> Self {
        self.flush_on_error = flush;
        self
    }

    /// Flushes the buffer once this much time remains before the deadline. Off by default.
    ///
    /// Lambda ends a function that times out without a word: this is how its last steps are seen. What is recorded
    /// after the flush is written at once. It also works if the handler blocks the only thread of its runtime.
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
