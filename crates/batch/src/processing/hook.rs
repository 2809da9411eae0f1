//! `hook`, which calls a user's hook and catches its panic.

use std::panic::{AssertUnwindSafe, catch_unwind};

use powertools_lambda_core::panic_message;

use super::options::Options;

/// Runs a user's hook; a panic produces one warning and has no other effect.
pub(crate) fn hook<T, R>(options: &Options<R>, name: &str, hook: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(hook)) {
        Ok(value) => Some(value),
        Err(panic) => {
            let message = panic_message(panic.as_ref());
            let key = format!("batch {name}");
            options.warn(&key, format_args!("{name} of a batch panicked: {message}"));
            None
        }
    }
}
