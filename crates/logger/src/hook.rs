//! What the logger does when the handler has ended.

use std::sync::Arc;

use powertools_lambda_core::{Cause, ErrorReport, Invocation, InvocationHook, Outcome};

use crate::context::LogState;
use crate::logger::Inner;
use crate::record::Location;

/// Writes the handler's error, once.
pub(crate) struct LoggerHook(pub(crate) Arc<Inner>);

impl InvocationHook for LoggerHook {
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
        self.0.write_error(message, &report, Location::Name("handler"));
    }

    fn on_finish(&self, _: &Invocation) {}
}

/// Returns a panic as an error.
pub(crate) fn panic_report(text: &str) -> ErrorReport {
    ErrorReport::from(Cause {
        name: "panic".to_owned(),
        message: text.to_owned(),
    })
}
