//! Functions for the current invocation: its keys, its correlation id, the records that wait in it.

use std::borrow::Cow;

use powertools_lambda_core::{Invocation, Warnings, json};
use serde::Serialize;

use crate::event::MAX_ID_BYTES;
use crate::keys::{InvocationKeys, Keys};
use crate::record::Fields;
use crate::utility::LoggerUtility;

/// Adds a key to all further records of this invocation.
///
/// The last value of a key wins; a span's and an event's field of the same name win over it. Work started with
/// `.in_current_span()` or `.in_invocation()` shares the keys; other invocations never see them. For a key of every
/// invocation there are the builder's [`global_key`](crate::LoggerBuilder::global_key) and [`Logger::set_global_key`]; outside an
/// invocation nothing is appended here, with one warning.
///
/// An invocation keeps 128 keys and 64 KiB of them at most; a key beyond that is left out. A value that cannot be
/// serialised is a text that says so.
///
/// ```
/// use powertools_lambda_logger as logger;
/// logger::append_key("order_id", "A-1");
/// logger::append_key("items", ["book", "lamp"]);
/// ```
///
/// [`Logger::set_global_key`]: crate::Logger::set_global_key
pub fn append_key(key: impl Into<Cow<'static, str>>, value: impl Serialize) {
    append_keys(Keys::new().key(key, value));
}

/// Adds several keys to all further records of this invocation; see [`append_key`].
pub fn append_keys(keys: impl Into<Keys>) {
    // Serialised without the lock: a user's `Serialize` may log, or append keys itself.
    let keys = keys.into();
    let appended = with_keys(|current| current.append(&keys.0));
    if appended.is_none() {
        Warnings::process().once(
            "keys without an invocation",
            format_args!(
                "log keys were appended outside an invocation and are left out: the builder's `global_key` \
                 and `Logger::set_global_key` are for all invocations"
            ),
        );
    }
}

/// Takes a key that was appended from all further records of this invocation; an unknown one is ignored.
pub fn remove_key(key: &str) {
    with_keys(|keys| keys.change(|appended| appended.remove(key)));
}

/// Takes several keys from all further records of this invocation; unknown ones are ignored.
pub fn remove_keys<'a>(keys: impl IntoIterator<Item = &'a str>) {
    keys.into_iter().for_each(remove_key);
}

/// Takes all keys that were appended, the correlation id too, from all further records of this invocation.
///
/// The Lambda context and the keys of the builder stay.
pub fn clear_keys() {
    with_keys(|keys| keys.change(Fields::clear));
}

/// Sets the correlation id of this invocation's further records, in place of what the event had.
///
/// Longer than 256 bytes it is cut there; empty it is none.
pub fn set_correlation_id(id: &str) {
    let id = &id[..id.floor_char_boundary(MAX_ID_BYTES)];
    with_keys(|keys| {
        if id.is_empty() {
            keys.remove_correlation_id();
        } else {
            keys.set_correlation_id(|buffer| json::write_str(buffer, id));
        }
    });
}

/// Returns the correlation id of this invocation, to send it on; a number as its text.
pub fn correlation_id() -> Option<String> {
    let written = with_keys(InvocationKeys::correlation_id)??;
    match serde_json::from_slice(&written).ok()? {
        serde_json::Value::String(text) => Some(text),
        number => Some(number.to_string()),
    }
}

/// Writes the records that wait in this invocation, oldest first; can be called from anywhere inside the handler.
///
/// Does nothing without a [`LogBuffer`](crate::LogBuffer), or outside an invocation. If several loggers take part in the
/// invocation, each writes its own.
pub fn flush_buffer() {
    // Not with `Invocation::with`: an output is foreign code.
    if let Some(invocation) = Invocation::current() {
        for (logger, state) in invocation.utilities::<LoggerUtility>() {
            logger.delivery.flush(&state.take_waiting());
        }
    }
}

/// Discards the records that wait in this invocation, in every logger that takes part in it.
pub fn clear_buffer() {
    if let Some(invocation) = Invocation::current() {
        for (_, state) in invocation.utilities::<LoggerUtility>() {
            drop(state.take_waiting());
        }
    }
}

fn with_keys<R>(f: impl FnOnce(&InvocationKeys) -> R) -> Option<R> {
    Invocation::with_current(|invocation| f(InvocationKeys::of(invocation)))
}
