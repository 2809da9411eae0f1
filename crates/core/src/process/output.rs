//! Where lines go: one record, one write.

use std::fmt;
use std::sync::Arc;

/// Takes finished lines: log records and metric documents.
///
/// `line` is one whole record and ends with its only `\n`. An implementation writes it as one unit, never mixed with
/// another thread's; it may block as `println!` does; it must not panic, must not log through `tracing`, and must not
/// report failure to its caller, because telemetry never fails a function. A test double keeps the lines.
pub trait LineSink: Send + Sync {
    /// Writes one line.
    fn write_line(&self, line: &[u8]);
}

/// A cheap handle on a [`LineSink`].
#[derive(Clone)]
pub struct Output(Arc<dyn LineSink>);

impl Output {
    /// Creates a handle on `sink`.
    pub fn new(sink: impl LineSink + 'static) -> Self {
        Self(Arc::new(sink))
    }

    /// Writes one line, which must end with its only `\n`.
    pub fn write_line(&self, line: &[u8]) {
        self.0.write_line(line);
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Output")
    }
}
