//! Panics as records.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::{self, PanicHookInfo};
use std::sync::Arc;

use powertools_lambda_core::Invocation;

use crate::context::LogState;
use crate::hook::panic_report;
use crate::inner::Inner;
use crate::record::Location;

/// Replaces the process's panic hook, which prints text, by one that writes a record.
pub(crate) fn install(logger: Arc<Inner>) {
    panic::set_hook(Box::new(move |info| write(&logger, info)));
}

fn write(logger: &Inner, info: &PanicHookInfo<'_>) {
    // The handler layer reports the same panic when it has caught it.
    Invocation::with_current(|invocation| LogState::of(invocation).note_failure());
    let text = info.payload_as_str().unwrap_or("a value that is no text");
    let location = info
        .location()
        .map_or(Location::Name("unknown"), |at| Location::Line(at.file(), at.line()));
    // Captured only where `RUST_BACKTRACE` asks for it.
    let backtrace = Backtrace::capture();
    let frames = match backtrace.status() {
        BacktraceStatus::Captured => backtrace.to_string(),
        _ => String::new(),
    };
    logger.write_error("panicked", &panic_report(text), from_the_panic(&frames), location);
}

/// Leaves out the frames of this hook and of the machinery that called it.
fn from_the_panic(frames: &str) -> &str {
    let machinery = frames.find("rust_begin_unwind\n");
    machinery
        .and_then(|at| frames[at..].split_once('\n'))
        .map_or(frames, |(_, rest)| rest)
}
