//! `LoggerUtility`, the logger's part in an invocation: at its start, after the handler, near the deadline, at its end.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use lambda_runtime::LambdaInvocation;
use powertools_lambda_core::{ErrorCause, ErrorReport, Fact, Invocation, Outcome, Utility};
use tracing::Level;

use crate::delivery::{Delivery, Moment};
use crate::event::{CorrelationIdPath, LogEvent};
use crate::keys::{InvocationKeys, append_fact};
use crate::level::{Rules, SampleRate, Verdict};
use crate::record::{Location, Scratch, exception};
use crate::state::LogState;

/// The shared part of a logger, which takes part in invocations.
pub(crate) struct LoggerUtility {
    pub(crate) rules: Rules,
    pub(crate) delivery: Delivery,
    pub(crate) sample_rate: Option<SampleRate>,
    pub(crate) correlation_id_path: Option<CorrelationIdPath>,
    pub(crate) log_event: Option<LogEvent>,
}

impl Utility for LoggerUtility {
    type State = LogState;

    fn state(&self, invocation: &Invocation) -> LogState {
        LogState::new(self.sample_rate.is_some_and(|rate| rate.takes(invocation)))
    }

    fn on_start(&self, invocation: &Invocation, state: &LogState, request: &LambdaInvocation) {
        let path = self.correlation_id_path.as_ref();
        if let Some(id) = path.and_then(|path| path.find(&request.body)) {
            InvocationKeys::of(invocation).set_correlation_id(|buffer| id.write_json(buffer));
        }
        // After the id, so that the record has it.
        if let Some(log_event) = &self.log_event {
            self.write_invocation_event(log_event, &request.body, invocation, state);
        }
    }

    fn on_outcome(&self, invocation: &Invocation, state: &LogState, outcome: &Outcome) {
        // The panic hook writes a panic where it happens, with its location; after one that was caught, the
        // handler may still return an error.
        let (message, report, is_recorded) = match outcome {
            Outcome::Failed(report) => ("handler failed", report.clone(), false),
            Outcome::Panicked(text) => ("handler panicked", panic_report(text), state.is_panic_logged()),
            _ => return,
        };
        if state.note_failure() || is_recorded {
            return;
        }
        let failure = Failure {
            message,
            report: &report,
            frames: "",
            location: Location::Name("handler"),
        };
        self.write_failure(&failure, Some(invocation), Some(state));
    }

    fn on_fact(&self, invocation: &Invocation, _: &LogState, fact: &Fact<'_>) {
        append_fact(invocation, fact);
    }

    fn lead_time(&self, _: &LogState) -> Option<Duration> {
        self.delivery.buffer.as_ref()?.flush_before_deadline
    }

    fn near_deadline(&self, _: &Invocation, state: &LogState) {
        self.delivery.flush(&state.close_buffer());
    }

    fn on_finish(&self, _: &Invocation, state: &LogState) {
        // The buffered records are no longer needed. From now on, the level alone decides about the records of work
        // that is still running.
        drop(state.take_waiting());
    }
}

/// A failure that no event has reported: the handler's error, or a panic.
pub(crate) struct Failure<'a> {
    pub(crate) message: &'a str,
    pub(crate) report: &'a ErrorReport,
    /// The frames of a printed backtrace; empty without a backtrace.
    pub(crate) frames: &'a str,
    pub(crate) location: Location<'a>,
}

impl LoggerUtility {
    /// Decides about an event in this invocation, or outside an invocation.
    ///
    /// If sampling or buffering is on, the logger takes part in the invocation from now on.
    #[inline]
    pub(crate) fn verdict(self: &Arc<Self>, level: Level, target: &str, invocation: Option<&Invocation>) -> Verdict {
        self.rules
            .verdict(level, target, invocation, |invocation| invocation.join(self))
    }

    /// Writes the event as the message of an INFO record.
    fn write_invocation_event(&self, log_event: &LogEvent, event: &[u8], invocation: &Invocation, state: &LogState) {
        let verdict = self.rules.verdict(Level::INFO, "", Some(invocation), |_| Some(state));
        if verdict == Verdict::Drop {
            return;
        }
        Scratch::with(|scratch| {
            log_event.write(event, &mut scratch.message);
            let moment = Moment {
                level: Level::INFO,
                location: Location::Name("event"),
                span: None,
            };
            self.delivery.render(scratch, moment, Some(invocation));
            self.delivery.deliver(&scratch.line, Level::INFO, verdict, Some(state));
        });
    }

    /// Writes a failure as an ERROR record.
    pub(crate) fn write_failure(
        &self,
        failure: &Failure<'_>,
        invocation: Option<&Invocation>,
        state: Option<&LogState>,
    ) {
        let verdict = self.rules.verdict(Level::ERROR, "", invocation, |_| state);
        if verdict == Verdict::Drop {
            return;
        }
        Scratch::with(|scratch| {
            scratch.set_message(failure.message);
            exception::write_report(&mut scratch.fields, failure.report);
            exception::add_frames(&mut scratch.fields, failure.frames);
            let moment = Moment {
                level: Level::ERROR,
                location: failure.location,
                span: None,
            };
            self.delivery.render(scratch, moment, invocation);
            self.delivery.deliver(&scratch.line, Level::ERROR, verdict, state);
        });
    }
}

impl fmt::Debug for LoggerUtility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoggerUtility")
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}

/// Returns a panic as an error.
pub(crate) fn panic_report(text: &str) -> ErrorReport {
    ErrorReport::from(ErrorCause {
        name: "panic".to_owned(),
        message: text.to_owned(),
    })
}
