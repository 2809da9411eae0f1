//! Keys that an invocation's records carry.

use std::borrow::Cow;

use powertools_lambda_core::Invocation;
use serde::Serialize;

use crate::context::LogState;
use crate::fields::Fields;
use crate::json::write_value;

/// How many keys an invocation may append.
const MAX_KEYS: usize = 128;

/// How many bytes the appended keys of an invocation may take in a record.
const MAX_BYTES: usize = 64 * 1_024;

/// Adds a key to all further records of this invocation.
///
/// The last value of a key wins; a span's and an event's field of the same name win over it. Work started with
/// `.in_current_span()` or `.in_invocation()` shares the keys; other invocations never see them. Outside an invocation
/// nothing happens: a key for the whole process is the builder's [`key`](crate::LoggerBuilder::key).
///
/// An invocation keeps 128 keys and 64 KiB of them at most; a key beyond that is left out. A value that cannot be
/// serialised is a text that says so.
///
/// ```
/// use powertools_lambda_logger as logger;
/// logger::append_key("order_id", "A-1");
/// logger::append_key("items", ["book", "lamp"]);
/// ```
pub fn append_key(key: impl Into<Cow<'static, str>>, value: impl Serialize) {
    append_keys([(key, value)]);
}

/// Adds several keys to all further records of this invocation; see [`append_key`].
///
/// ```
/// use powertools_lambda_logger as logger;
/// logger::append_keys([("tenant", "acme"), ("order_id", "A-1")]);
/// ```
pub fn append_keys<K: Into<Cow<'static, str>>, V: Serialize>(keys: impl IntoIterator<Item = (K, V)>) {
    let Some(invocation) = Invocation::current() else {
        return;
    };
    // Serialised without the lock: a user's `Serialize` may log, or append keys itself.
    let mut fields = Fields::default();
    for (key, value) in keys {
        let mut bytes = Vec::new();
        write_value(&mut bytes, &value);
        fields.set(key, |buffer| buffer.extend_from_slice(&bytes));
    }
    LogState::of(&invocation).with_appended(|appended| {
        for (key, bytes) in fields.items_from(0) {
            let fits =
                appended.byte_len() + bytes.len() <= MAX_BYTES && (appended.len() < MAX_KEYS || appended.contains(key));
            if fits {
                appended.extend(std::iter::once((key, bytes)));
            }
        }
    });
}

/// Takes a key that was appended from all further records of this invocation; an unknown one is ignored.
pub fn remove_key(key: &str) {
    with_state(|state| {
        state.with_appended(|appended| appended.remove(key));
    });
}

/// Takes all keys that were appended from all further records of this invocation.
pub fn clear_keys() {
    with_state(|state| state.with_appended(Fields::clear));
}

fn with_state(f: impl FnOnce(&LogState)) {
    if let Some(invocation) = Invocation::current() {
        f(LogState::of(&invocation));
    }
}
