//! [`Output`] and [`LineSink`], where finished lines go.

use std::fmt;
use std::sync::Arc;

/// Receives finished lines: log records and metric documents.
///
/// An implementation
///
/// * writes each line as one unit, never mixed with a line of another thread;
/// * may block, as `println!` does;
/// * must not panic, and must not log through `tracing`;
/// * does not report failures to its caller, because telemetry must never fail a function.
///
/// A test double keeps the lines; the feature `test-util` has one, `test_util::MemoryOutput`.
///
/// ```
/// use std::sync::Mutex;
///
/// use powertools_lambda_core::{LineSink, Output};
///
/// /// Keeps everything in memory.
/// struct Kept(Mutex<Vec<u8>>);
///
/// impl LineSink for Kept {
///     fn write_line(&self, line: &[u8]) {
///         if let Ok(mut kept) = self.0.lock() {
///             kept.extend_from_slice(line);
///         }
///     }
/// }
///
/// let output = Output::new(Kept(Mutex::default()));
/// output.write_line(b"{\"message\":\"hello\"}\n");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot receive lines",
    label = "not a `LineSink`",
    note = "implement `powertools_lambda_core::LineSink` for `{Self}`, or pass `Output::stdout()`"
)]
pub trait LineSink: Send + Sync {
    /// Writes `line`, one whole record that ends with its only `\n`.
    fn write_line(&self, line: &[u8]);
}

/// A cheap, cloneable handle on a [`LineSink`].
#[derive(Clone)]
pub struct Output(Arc<dyn LineSink>);

impl Output {
    /// Creates an output that writes to `sink`.
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
