//! [`guard`] runs a utility's code and turns a panic into a warning.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{Warnings, panic_message};

/// Runs a utility's code and turns a panic into a warning, because telemetry must never fail a function.
///
/// There is one warning for each utility and moment. `utility` returns the utility's name; `moment` completes the
/// sentence "a utility panicked …".
pub(crate) fn guard(warnings: &Warnings, utility: impl FnOnce() -> &'static str, moment: &str, act: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(act)) {
        let message = panic_message(panic.as_ref());
        warnings.once(
            &format!("utility panic {} {moment}", utility()),
            format_args!("a utility panicked {moment}: {message}"),
        );
    }
}
