//! The panic hook, which writes panics as records.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::{self, PanicHookInfo};
use std::sync::Arc;

use powertools_lambda_core::Invocation;

use crate::record::Location;
use crate::utility::{Failure, LoggerUtility, panic_report};

/// Replaces the process's panic hook, which prints text, with one that writes a record.
pub(crate) fn install(logger: Arc<LoggerUtility>) {
    panic::set_hook(Box::new(move |info| write(&logger, info)));
}

fn write(logger: &Arc<LoggerUtility>, info: &PanicHookInfo<'_>) {
    let invocation = Invocation::current();
    let state = invocation.as_ref().and_then(|invocation| invocation.join(logger));
    if let Some(state) = state {
        // The handler layer also reports this panic, unless the function catches it before.
        state.note_panic();
    }
    let text = info.payload_as_str().unwrap_or("a value that is not text");
    let location = info
        .location()
        .map_or(Location::Name("unknown"), |at| Location::Line(at.file(), at.line()));
    // Captured only if `RUST_BACKTRACE` is set.
    let backtrace = Backtrace::capture();
    let frames = match backtrace.status() {
        BacktraceStatus::Captured => backtrace.to_string(),
        _ => String::new(),
    };
    let failure = Failure {
        message: "panicked",
        report: &panic_report(text),
        frames: from_the_panic(&frames),
        location,
    };
    logger.write_failure(&failure, invocation.as_ref(), state);
}

/// Removes the frames of this hook and of the panic machinery that called it.
fn from_the_panic(frames: &str) -> &str {
    let machinery = frames.find("rust_begin_unwind\n");
    machinery
        .and_then(|at| frames[at..].split_once('\n'))
        .map_or(frames, |(_, rest)| rest)
}
