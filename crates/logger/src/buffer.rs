//! Records that wait in their invocation.

use std::collections::VecDeque;
use std::time::Duration;

use powertools_lambda_core::Invocation;
use tracing::Level;

use crate::context::LogState;

/// Keeps records of an invocation back, and writes them only if something goes wrong.
///
/// DEBUG records cost nothing to read while all is well, and are there when they are needed: an ERROR record, the
/// handler's error or its panic, or [`flush_buffer`] writes what waits, oldest first
/// and each with its own time. What is left when the invocation ends is forgotten.
///
/// Records wait whatever the logger's level, down to DEBUG (TRACE only where it is the buffer's level or that of the
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

    /// Flushes the buffer when so much time is left before the deadline; not done unless set.
    ///
    /// Lambda ends a function that times out without a word: this is how its last steps are seen. What is recorded
    /// after the flush is written at once. Needs a Tokio runtime with time, as `#[tokio::main]` has.
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

/// Writes the records that wait in this invocation, oldest first; from anywhere inside the handler.
///
/// Nothing happens without a [`LogBuffer`], outside an invocation, or where [`Logger::layer`](crate::Logger::layer) is not
/// in use: then there is [`Logger::flush_buffer`](crate::Logger::flush_buffer).
pub fn flush_buffer() {
    if let Some(invocation) = Invocation::current()
        && let Some(logger) = LogState::of(&invocation).logger()
    {
        logger.flush(&invocation);
    }
}

/// Forgets the records that wait in this invocation.
pub fn clear_buffer() {
    Invocation::with_current(|invocation| drop(LogState::of(invocation).take_waiting()));
}

/// The records of one invocation, oldest first, in one piece of memory.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    bytes: VecDeque<u8>,
    lengths: VecDeque<usize>,
    evicted: bool,
}

/// Records that are to be written.
#[derive(Debug, Default)]
pub(crate) struct Flushed {
    bytes: Vec<u8>,
    lengths: VecDeque<usize>,
    /// Whether older ones were forgotten.
    pub(crate) evicted: bool,
}

impl Waiting {
    /// Keeps a record; forgets the oldest ones where they no longer fit. Returns whether it fits at all.
    pub(crate) fn push(&mut self, line: &[u8], max_bytes: usize) -> bool {
        if line.len() > max_bytes {
            return false;
        }
        while self.bytes.len() + line.len() > max_bytes {
            let Some(length) = self.lengths.pop_front() else { break };
            self.bytes.drain(..length);
            self.evicted = true;
        }
        self.bytes.extend(line);
        self.lengths.push_back(line.len());
        true
    }

    /// Takes everything.
    pub(crate) fn take(&mut self) -> Flushed {
        let Self {
            bytes,
            lengths,
            evicted,
        } = std::mem::take(self);
        Flushed {
            bytes: bytes.into(),
            lengths,
            evicted,
        }
    }
}

impl Flushed {
    /// Returns the records, oldest first, each with its newline.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.bytes.as_slice();
        self.lengths.iter().map_while(move |length| {
            let (line, others) = rest.split_at_checked(*length)?;
            rest = others;
            Some(line)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(flushed: &Flushed) -> Vec<Vec<u8>> {
        flushed.lines().map(<[u8]>::to_vec).collect()
    }

    #[test]
    fn the_oldest_give_way() {
        let mut waiting = Waiting::default();
        for line in [b"aaaa", b"bbbb", b"cccc"] {
            assert!(waiting.push(line, 9));
        }
        let flushed = waiting.take();
        assert_eq!(lines(&flushed), [b"bbbb", b"cccc"]);
        assert!(flushed.evicted);
        assert!(!waiting.take().evicted, "an eviction is reported once");
    }

    #[test]
    fn what_is_larger_than_all_does_not_fit_and_evicts_nothing() {
        let mut waiting = Waiting::default();
        assert!(waiting.push(b"aaaa", 4));
        assert!(!waiting.push(b"bbbbb", 4));
        assert_eq!(lines(&waiting.take()), [b"aaaa"]);
    }

    proptest! {
        #[test]
        fn what_is_kept_is_the_newest_that_fit(
            records in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..20), 0..40),
            max in 0_usize..200,
        ) {
            let mut waiting = Waiting::default();
            let mut fitting = Vec::new();
            for record in &records {
                if waiting.push(record, max) {
                    fitting.push(record.clone());
                }
            }
            let flushed = waiting.take();
            let kept = lines(&flushed);
            prop_assert!(kept.iter().map(Vec::len).sum::<usize>() <= max);
            prop_assert!(fitting.ends_with(&kept));
            prop_assert_eq!(flushed.evicted, kept.len() < fitting.len());
        }
    }
}
