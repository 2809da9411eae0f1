//! Panics as records.

use std::panic::{self, PanicHookInfo};
use std::sync::Arc;

use powertools_lambda_core::Invocation;

use crate::context::LogState;
use crate::hook::panic_report;
use crate::logger::Inner;
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
    logger.write_error("panicked", &panic_report(text), location);
}
