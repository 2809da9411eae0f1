//! [`Warnings`], the toolkit's own warnings: each written once, never through the logger.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, OnceLock, PoisonError};

use crate::sync::Mutex;
use crate::{Clock, Output, json};

/// Writes the toolkit's own warnings, each one once, as JSON lines to standard error.
///
/// They never go through `tracing`, because a warning about the logger must not reach the logger. Each line has a
/// `level` and an RFC 3339 `timestamp`, so that Lambda's log-level filter classifies it correctly:
///
/// ```text
/// {"level":"WARN","timestamp":"2026-01-15T10:30:00.125Z","message":"POWERTOOLS_LOG_LEVEL is set to \"LOUD\", …"}
/// ```
#[derive(Clone)]
pub struct Warnings(Arc<Inner>);

struct Inner {
    /// Keys of the warnings already written. Bounded, because a key may contain a name that is made at run time.
    seen: Mutex<HashSet<String>>,
    clock: Clock,
    output: Output,
}

/// How many different warnings are written at most.
const MAX_KEYS: usize = 256;

impl Warnings {
    /// Creates a separate set of warnings, written to `output`.
    pub fn new(clock: Clock, output: Output) -> Self {
        Self(Arc::new(Inner {
            seen: Mutex::default(),
            clock,
            output,
        }))
    }

    /// Returns the process-wide warnings, written to standard error.
    pub fn process() -> Self {
        static PROCESS: OnceLock<Warnings> = OnceLock::new();
        PROCESS
            .get_or_init(|| Self::new(Clock::system(), Output::stderr()))
            .clone()
    }

    /// Writes `message`, unless a warning with the same `key` was written before.
    ///
    /// After 256 different keys, further warnings are dropped.
    pub fn once(&self, key: &str, message: fmt::Arguments<'_>) {
        {
            let mut seen = self.0.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if seen.len() >= MAX_KEYS || seen.contains(key) {
                return;
            }
            seen.insert(key.to_owned());
        }
        // Formatted without the lock: the message may show a user's value.
        let message = message.to_string();
        let mut line = Vec::with_capacity(96 + message.len());
        line.extend_from_slice(br#"{"level":"WARN","timestamp":""#);
        line.extend_from_slice(&self.0.clock.timestamp().to_rfc3339());
        line.extend_from_slice(br#"","message":"#);
        json::write_str(&mut line, &message);
        line.extend_from_slice(b"}\n");
        self.0.output.write_line(&line);
    }
}

impl fmt::Debug for Warnings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Warnings")
    }
}

#[cfg(all(test, feature = "test-util"))]
mod tests {
    use super::*;
    use crate::test_util::{ManualClock, MemoryOutput};

    #[test]
    fn a_warning_is_one_json_line_and_comes_once() {
        let output = MemoryOutput::new();
        let warnings = Warnings::new(ManualClock::default().clock(), output.output());
        for _ in 0..3 {
            warnings.once("key", format_args!("a \"quoted\" value"));
        }
        assert_eq!(
            output.lines(),
            [r#"{"level":"WARN","timestamp":"2026-01-15T10:30:00.125Z","message":"a \"quoted\" value"}"#]
        );
    }

    #[test]
    fn the_number_of_warnings_is_bounded() {
        let output = MemoryOutput::new();
        let warnings = Warnings::new(Clock::system(), output.output());
        for number in 0..1_000 {
            warnings.once(&number.to_string(), format_args!("one more"));
        }
        assert_eq!(output.lines().len(), MAX_KEYS);
    }
}
