//! What all clones of a logger share, and how a record leaves it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use powertools_lambda_core::{ErrorReport, Host, Invocation};
use tracing::Level;

use crate::buffer::LogBuffer;
use crate::context::LogState;
use crate::event::{CorrelationPath, EventLog};
use crate::exception;
use crate::fields::Fields;
use crate::filter::{Rules, Verdict};
use crate::format::Format;
use crate::process_keys::ProcessKeys;
use crate::record::{Location, Parts, set_message};
use crate::sampling::SampleRate;
use crate::scratch::Scratch;

/// What all clones of a logger share.
pub(crate) struct Inner {
    pub(crate) host: Host,
    pub(crate) rules: Arc<Rules>,
    pub(crate) service: Fields,
    pub(crate) keys: ProcessKeys,
    pub(crate) format: Format,
    pub(crate) sample_rate: Option<SampleRate>,
    pub(crate) buffer: Option<LogBuffer>,
    pub(crate) correlation_id_path: Option<CorrelationPath>,
    pub(crate) event_log: Option<EventLog>,
    /// The invocations that are not over, where their records may wait.
    pub(crate) open: Mutex<Vec<Invocation>>,
}

/// What a record is beside its message and its fields.
#[derive(Clone, Copy)]
pub(crate) struct Moment<'a> {
    pub(crate) level: Level,
    pub(crate) location: Location<'a>,
    /// The fields of the spans around it.
    pub(crate) span: Option<&'a Fields>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").finish_non_exhaustive()
    }
}

impl Inner {
    /// Puts a record together in `scratch.line`, from the message and the fields that wait there.
    ///
    /// Foreign code runs in here only where there is a formatter of the user's.
    pub(crate) fn render(&self, scratch: &mut Scratch, moment: Moment<'_>, invocation: Option<&Invocation>) {
        let timestamp = self.host.clock().timestamp();
        let time = self.format.time.text(timestamp, scratch);
        let Scratch {
            line, message, fields, ..
        } = scratch;
        let state = invocation.map(LogState::of);
        let context = invocation
            .zip(state)
            .map(|(invocation, state)| state.context(invocation));
        let mut write = |built: &Fields, appended: Option<&Fields>| {
            let parts = Parts {
                level: moment.level,
                timestamp,
                time: time.as_bytes(),
                message,
                location: moment.location,
                service: &self.service,
                context,
                built,
                appended,
                span: moment.span,
                event: fields,
            };
            self.format.write(&parts, line);
        };
        if self.format.runs_foreign_code() {
            // It may append keys itself: it works on copies.
            let built = self.keys.read(Fields::clone);
            let appended = state.and_then(|state| state.read_appended(Fields::clone));
            return write(&built, appended.as_ref());
        }
        self.keys.read(|built| {
            let done = state.and_then(|state| state.read_appended(|appended| write(built, Some(appended))));
            if done.is_none() {
                write(built, None);
            }
        });
    }

    /// Keeps the record in `scratch.line` back or writes it, and before it what waits where it is an ERROR.
    pub(crate) fn deliver(&self, line: &[u8], level: Level, verdict: Verdict, invocation: Option<&Invocation>) {
        let state = invocation.map(LogState::of);
        if let (Verdict::Buffer, Some(buffer), Some(state)) = (verdict, &self.buffer, state) {
            if state.wait(line, buffer.max_bytes) {
                return;
            }
            self.host.warnings().once(
                "log buffer too small",
                format_args!(
                    "a log record of {} bytes is larger than the buffer of {} bytes and is written at once",
                    line.len(),
                    buffer.max_bytes
                ),
            );
        }
        if let Some(invocation) = invocation.filter(|_| self.may_flush_on(level)) {
            self.flush(invocation);
        }
        self.host.output().write_line(line);
    }

    /// Returns whether a record of this level flushes the buffer.
    pub(crate) fn may_flush_on(&self, level: Level) -> bool {
        level == Level::ERROR && self.buffer.as_ref().is_some_and(|buffer| buffer.flush_on_error)
    }

    /// Writes the records that wait in `invocation`.
    pub(crate) fn flush(&self, invocation: &Invocation) {
        let flushed = LogState::of(invocation).take_waiting();
        for line in flushed.lines() {
            self.host.output().write_line(line);
        }
        if flushed.evicted {
            self.host.warnings().once(
                "log records evicted",
                format_args!(
                    "some log records are missing because they were evicted from the buffer: a larger one keeps them"
                ),
            );
        }
    }

    /// Writes the records that wait in any invocation.
    pub(crate) fn flush_everything(&self) {
        let open = self.open().clone();
        for invocation in open {
            self.flush(&invocation);
        }
    }

    /// Keeps an invocation in mind until it is over.
    pub(crate) fn opened(&self, invocation: &Invocation) {
        self.open().push(invocation.clone());
    }

    pub(crate) fn closed(&self, invocation: &Invocation) {
        let closed = {
            let mut open = self.open();
            let place = open.iter().position(|open| open.is_same(invocation));
            place.map(|place| open.swap_remove(place))
        };
        drop(closed); // without the lock: it may be the last handle
    }

    fn open(&self) -> MutexGuard<'_, Vec<Invocation>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the event as the message of an INFO record.
    pub(crate) fn write_invocation_event(&self, event_log: &EventLog, event: &[u8], invocation: &Invocation) {
        let verdict = self.rules.verdict(Level::INFO, "", Some(invocation));
        if verdict == Verdict::Drop {
            return;
        }
        Scratch::with(|scratch| {
            event_log.write(event, &mut scratch.message);
            let moment = Moment {
                level: Level::INFO,
                location: Location::Name("event"),
                span: None,
            };
            self.render(scratch, moment, Some(invocation));
            self.deliver(&scratch.line, Level::INFO, verdict, Some(invocation));
        });
    }

    /// Writes an ERROR record that is no event's, for the current invocation.
    pub(crate) fn write_error(&self, message: &str, report: &ErrorReport, frames: &str, location: Location<'_>) {
        let invocation = Invocation::current();
        let verdict = self.rules.verdict(Level::ERROR, "", invocation.as_ref());
        if verdict == Verdict::Drop {
            return;
        }
        Scratch::with(|scratch| {
            set_message(scratch, message);
            exception::write_report(&mut scratch.fields, report);
            exception::add_frames(&mut scratch.fields, frames);
            let moment = Moment {
                level: Level::ERROR,
                location,
                span: None,
            };
            self.render(scratch, moment, invocation.as_ref());
            self.deliver(&scratch.line, Level::ERROR, verdict, invocation.as_ref());
        });
    }
}
