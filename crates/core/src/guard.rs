//! Running a utility's code so that its panic is a warning.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{Warnings, panic_message};

/// Runs a utility's code; its panic is a warning, because telemetry never fails a function.
pub(crate) fn guard(warnings: &Warnings, moment: &str, act: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(act)) {
        let message = panic_message(panic.as_ref());
        warnings.once(
            "utility panic",
            format_args!("a utility panicked at {moment}: {message}"),
        );
    }
}
