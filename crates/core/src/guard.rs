//! [`guard`] runs a utility's code and turns a panic into a warning.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{Warnings, panic_message};

/// Runs a utility's code and turns a panic into a warning, because telemetry must never fail a function.
///
/// `moment` completes the sentence "a utility panicked …".
pub(crate) fn guard(warnings: &Warnings, moment: &str, act: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(act)) {
        let message = panic_message(panic.as_ref());
        warnings.once("utility panic", format_args!("a utility panicked {moment}: {message}"));
    }
}
