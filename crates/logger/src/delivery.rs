//! `Delivery`, which builds records and writes or buffers them.

use std::fmt;

use powertools_lambda_core::{Environment, Invocation};
use tracing::Level;

use crate::format::LineFormat;
use crate::keys::{InvocationKeys, ProcessKeys};
use crate::level::Verdict;
use crate::record::{Fields, Location, Parts, Scratch};
use crate::state::{Flushed, Kept, LogBuffer, LogState};

/// Builds records, and writes them or buffers them in their invocation.
pub(crate) struct Delivery {
    pub(crate) environment: Environment,
    /// The service and the sample rate, which are on every record.
    pub(crate) service: Fields,
    pub(crate) keys: ProcessKeys,
    pub(crate) format: LineFormat,
    pub(crate) buffer: Option<LogBuffer>,
}

/// The parts of a record besides its message and its fields.
#[derive(Clone, Copy)]
pub(crate) struct Moment<'a> {
    pub(crate) level: Level,
    pub(crate) location: Location<'a>,
    /// The fields of the spans around it.
    pub(crate) span: Option<&'a Fields>,
}

impl Delivery {
    /// Builds a record in `scratch.line` from the message and the fields in `scratch`.
    ///
    /// It runs foreign code only if there is a custom formatter.
    pub(crate) fn render(&self, scratch: &mut Scratch, moment: Moment<'_>, invocation: Option<&Invocation>) {
        let timestamp = self.environment.clock().timestamp();
        let Scratch {
            line,
            message,
            fields,
            time,
        } = scratch;
        self.format.time.write(timestamp, time);
        let keys = invocation.map(InvocationKeys::of);
        let (borrowed, copied);
        let (built, appended) = if self.format.runs_foreign_code() {
            // The formatter may append keys itself, so it gets copies.
            let appended = keys.and_then(InvocationKeys::appended).map(|keys| keys.clone());
            copied = (self.keys.read().clone(), appended);
            (&copied.0, copied.1.as_ref())
        } else {
            borrowed = (self.keys.read(), keys.and_then(InvocationKeys::appended));
            (&*borrowed.0, borrowed.1.as_deref())
        };
        let parts = Parts {
            level: moment.level,
            timestamp,
            time: time.as_bytes(),
            message,
            location: moment.location,
            service: &self.service,
            context: keys.map(InvocationKeys::context),
            built,
            appended,
            span: moment.span,
            event: fields,
        };
        self.format.write(&parts, line);
    }

    /// Buffers a record or writes it; before an ERROR record it writes the buffered ones.
    ///
    /// `state` is the logger's state in the record's invocation, if it takes part in it.
    pub(crate) fn deliver(&self, line: &[u8], level: Level, verdict: Verdict, state: Option<&LogState>) {
        if let (Verdict::Buffer, Some(buffer), Some(state)) = (verdict, &self.buffer, state) {
            match state.wait(line, buffer.max_bytes) {
                Kept::Waits => return,
                Kept::TooLarge => self.environment.warnings().once(
                    "log buffer too small",
                    format_args!(
                        "a log record of {} bytes is larger than the log buffer of {} bytes and was written immediately: \
                         raise `LogBuffer::max_bytes`",
                        line.len(),
                        buffer.max_bytes
                    ),
                ),
                Kept::Closed => {}
            }
        }
        if let Some(state) = state.filter(|_| self.may_flush_on(level)) {
            self.flush(&state.take_waiting());
        }
        self.write(line);
    }

    /// Returns whether a record of this level flushes the buffer.
    pub(crate) fn may_flush_on(&self, level: Level) -> bool {
        level == Level::ERROR && self.buffer.as_ref().is_some_and(|buffer| buffer.flush_on_error)
    }

    /// Writes records that were buffered.
    pub(crate) fn flush(&self, waited: &Flushed) {
        for line in waited.lines() {
            self.write(line);
        }
        if waited.evicted {
            self.environment.warnings().once(
                "log records evicted",
                format_args!(
                    "some log records were dropped because the log buffer was full: raise `LogBuffer::max_bytes`"
                ),
            );
        }
    }

    /// Writes a finished record.
    #[inline]
    pub(crate) fn write(&self, line: &[u8]) {
        self.environment.output().write_line(line);
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery").finish_non_exhaustive()
    }
}
