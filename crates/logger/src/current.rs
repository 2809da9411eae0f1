//! The free functions, which act on the current invocation: its keys, its correlation id, its buffered records.

use std::borrow::Cow;

use powertools_lambda_core::{Invocation, Warnings, json};
use serde::Serialize;

use crate::event::MAX_ID_BYTES;
use crate::keys::{InvocationKeys, Keys};
use crate::record::Fields;
use crate::utility::LoggerUtility;

/// Adds a key to all further log records of this invocation.
///
/// In a batch, the key also appears on the records of the messages that follow. To set it for one message only, use
/// [`with_keys`](crate::WithKeys::with_keys) on that message's future. The last value of a key wins; fields of spans and events
/// with the same name take precedence. Work started with `.in_current_span()` or `.in_invocation()` shares the keys; other
/// invocations never see them. To set a key for all invocations, use [`Logger::set_global_key`] or the builder's
/// [`global_key`](crate::LoggerBuilder::global_key). Outside an invocation the key is left out, with one warning.
///
/// The name is a `&'static str` or a `String`, so a name made at run time has to be owned (`name.to_owned()`). The value
/// is serialized immediately and can be any [`Serialize`] value or a reference to one, without `?`, `%` or
/// [`json`](crate::json()).
///
/// An invocation keeps up to 128 keys and 64 KiB; further keys are left out. A value that cannot be serialized becomes
/// the text `<not serialisable: …>`.
///
/// ```
/// use powertools_lambda_logger as logger;
///
/// # let (item, items) = ("book", vec!["book"]);
/// logger::append_key("order_id", "A-1");
/// logger::append_key("items", &items);
/// logger::append_key(format!("stock_of_{item}"), 7);
/// ```
///
/// [`Logger::set_global_key`]: crate::Logger::set_global_key
pub fn append_key(key: impl Into<Cow<'static, str>>, value: impl Serialize) {
    append_keys(Keys::new().key(key, value));
}

/// Adds several keys to all further log records of this invocation; see [`append_key`].
///
/// ```
/// use powertools_lambda_logger::{self as logger, Keys};
///
/// logger::append_keys([("tenant", "acme"), ("region", "eu")]);
/// logger::append_keys(Keys::new().key("order_id", "A-1").key("total", 12.5));
/// ```
pub fn append_keys(keys: impl Into<Keys>) {
    // Serialized without the lock, because a user's `Serialize` may log or append keys itself.
    let keys = keys.into();
    let appended = with_keys(|current| current.append(&keys.0));
    if appended.is_none() {
        Warnings::process().once(
            "keys without an invocation",
            format_args!(
                "log keys were appended outside an invocation and are left out: append them in the handler, or use \
                 `Logger::set_global_key` for all invocations"
            ),
        );
    }
}

/// Removes an appended key from all further records of this invocation; an unknown key is ignored.
pub fn remove_key(key: &str) {
    with_keys(|keys| keys.change(|appended| appended.remove(key)));
}

/// Removes several appended keys from all further records of this invocation; unknown keys are ignored.
pub fn remove_keys<'a>(keys: impl IntoIterator<Item = &'a str>) {
    keys.into_iter().for_each(remove_key);
}

/// Removes all appended keys, including the correlation id, from all further records of this invocation.
///
/// The Lambda context and the global keys stay.
pub fn clear_keys() {
    with_keys(|keys| keys.change(Fields::clear));
}

/// Sets the correlation id of this invocation's further records, replacing the event's.
///
/// An id longer than 256 bytes is truncated; an empty id removes the current one. Outside an invocation nothing happens.
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

/// Returns the correlation id of this invocation, for example to pass it to the next service.
///
/// A number is returned as text. Returns `None` if there is no id, and outside an invocation.
pub fn correlation_id() -> Option<String> {
    let written = with_keys(InvocationKeys::correlation_id)??;
    match serde_json::from_slice(&written).ok()? {
        serde_json::Value::String(text) => Some(text),
        number => Some(number.to_string()),
    }
}

/// Writes the buffered records of this invocation, oldest first.
///
/// It can be called from anywhere inside the handler. It does nothing without a [`LogBuffer`](crate::LogBuffer) or
/// outside an invocation. If several loggers take part in the invocation, each writes its own records.
pub fn flush_buffer() {
    // Not inside `Invocation::with_current`, because an output is foreign code.
    if let Some(invocation) = Invocation::current() {
        for (logger, state) in invocation.utilities::<LoggerUtility>() {
            logger.delivery.flush(&state.take_waiting());
        }
    }
}

/// Discards the buffered records of this invocation, in every logger that takes part in it.
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
