//! What the logger does at the start and at the end of an invocation.

use std::sync::Arc;

use lambda_runtime::LambdaInvocation;
use powertools_lambda_core::{Cause, ErrorReport, Invocation, InvocationHook, Outcome};

use crate::context::LogState;
use crate::deadline;
use crate::inner::Inner;
use crate::keys::store_correlation_id;
use crate::record::Location;

/// Prepares an invocation's records, and writes the handler's error, once.
pub(crate) struct LoggerHook(pub(crate) Arc<Inner>);

impl InvocationHook for LoggerHook {
    fn on_start(&self, invocation: &Invocation, request: &LambdaInvocation) {
        let logger = &self.0;
        if logger.sample_rate.is_some_and(|rate| rate.takes(invocation)) {
            LogState::of(invocation).sample();
        }
        if logger.buffer.is_some() {
            LogState::of(invocation).keep_logger(logger);
            logger.opened(invocation);
        }
        if let Some(left) = logger.buffer.as_ref().and_then(|buffer| buffer.flush_before_deadline) {
            deadline::flush_before(logger, invocation, left);
        }
        let id = logger
            .correlation_id_path
            .as_ref()
            .and_then(|path| path.find(&request.body));
        if let Some(id) = id {
            store_correlation_id(invocation, &id);
        }
        // After the id, so that the record has it.
        if let Some(event_log) = &logger.event_log {
            logger.write_invocation_event(event_log, &request.body, invocation);
        }
    }

    fn on_outcome(&self, invocation: &Invocation, outcome: &Outcome) {
        let (message, report) = match outcome {
            Outcome::Failed(report) => ("handler failed", report.clone()),
            Outcome::Panicked(text) => ("handler panicked", panic_report(text)),
            _ => return,
        };
        // The panic hook writes a panic where it happens, with its location.
        if LogState::of(invocation).note_failure() {
            return;
        }
        self.0.write_error(message, &report, "", Location::Name("handler"));
    }

    fn on_finish(&self, invocation: &Invocation) {
        // What still waits is not needed. A record of work that goes on is written or not by its level from now on.
        LogState::of(invocation).finish();
        if self.0.buffer.is_some() {
            self.0.closed(invocation);
        }
    }
}

/// Returns a panic as an error.
pub(crate) fn panic_report(text: &str) -> ErrorReport {
    ErrorReport::from(Cause {
        name: "panic".to_owned(),
        message: text.to_owned(),
    })
}
