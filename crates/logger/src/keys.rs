//! Keys that an invocation's records carry.

use std::borrow::Cow;

use powertools_lambda_core::{Invocation, Warnings, json};
use serde::Serialize;

use crate::CorrelationId;
use crate::context::LogState;
use crate::fields::Fields;
use crate::json::write_value;

/// How many keys an invocation, a scope or the process may have.
const MAX_KEYS: usize = 128;

/// How many bytes they may take in a record.
const MAX_BYTES: usize = 64 * 1_024;

/// How many bytes a correlation id may have.
pub(crate) const MAX_ID_BYTES: usize = 256;

/// The key of the correlation id.
pub(crate) const CORRELATION_ID: &str = "correlation_id";

/// Keys with values of any type, for [`append_keys`] and for a scope.
///
/// It keeps 128 keys and 64 KiB of them at most; a key beyond that is left out. A value that cannot be serialised is a
/// text that says so. What pairs of one type can say can be given as an array or a map instead.
///
/// ```
/// use powertools_lambda_logger::{self as logger, Keys};
///
/// logger::append_keys(Keys::new().key("order_id", "A-1").key("items", ["book", "lamp"]).key("total", 12.5));
/// logger::append_keys([("tenant", "acme"), ("region", "eu")]);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Keys(pub(crate) Fields);

impl Keys {
    /// Creates an empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a key; the last value of a key wins.
    pub fn key(mut self, key: impl Into<Cow<'static, str>>, value: impl Serialize) -> Self {
        // Serialised apart: a user's `Serialize` may fail half-way, and the set is bounded.
        let mut bytes = Vec::new();
        write_value(&mut bytes, &value);
        let mut one = Fields::default();
        one.set(key, |buffer| buffer.extend_from_slice(&bytes));
        add(&mut self.0, &one);
        self
    }
}

impl<K: Into<Cow<'static, str>>, V: Serialize> FromIterator<(K, V)> for Keys {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(keys: I) -> Self {
        keys.into_iter()
            .fold(Self::new(), |keys, (key, value)| keys.key(key, value))
    }
}

impl<K: Into<Cow<'static, str>>, V: Serialize, const N: usize> From<[(K, V); N]> for Keys {
    fn from(keys: [(K, V); N]) -> Self {
        keys.into_iter().collect()
    }
}

impl<K: Into<Cow<'static, str>>, V: Serialize> From<Vec<(K, V)>> for Keys {
    fn from(keys: Vec<(K, V)>) -> Self {
        keys.into_iter().collect()
    }
}

/// Adds a key to all further records of this invocation.
///
/// The last value of a key wins; a span's and an event's field of the same name win over it. Work started with
/// `.in_current_span()` or `.in_invocation()` shares the keys; other invocations never see them. For a key of every
/// invocation there are the builder's [`key`](crate::LoggerBuilder::key) and [`Logger::append_key`]; outside an
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
/// [`Logger::append_key`]: crate::Logger::append_key
pub fn append_key(key: impl Into<Cow<'static, str>>, value: impl Serialize) {
    append_keys(Keys::new().key(key, value));
}

/// Adds several keys to all further records of this invocation; see [`append_key`].
pub fn append_keys(keys: impl Into<Keys>) {
    // Serialised without the lock: a user's `Serialize` may log, or append keys itself.
    let keys = keys.into();
    let appended = Invocation::with_current(|invocation| {
        LogState::of(invocation).with_appended(|appended| add(appended, &keys.0));
    });
    if appended.is_none() {
        Warnings::process().once(
            "keys without an invocation",
            format_args!(
                "log keys were appended outside an invocation and are left out: the builder's `key` and \
                 `Logger::append_key` are for all invocations"
            ),
        );
    }
}

/// Takes a key that was appended from all further records of this invocation; an unknown one is ignored.
pub fn remove_key(key: &str) {
    with_appended(|appended| {
        appended.remove(key);
    });
}

/// Takes several keys from all further records of this invocation; unknown ones are ignored.
pub fn remove_keys<'a>(keys: impl IntoIterator<Item = &'a str>) {
    keys.into_iter().for_each(remove_key);
}

/// Takes all keys that were appended, the correlation id too, from all further records of this invocation.
///
/// The Lambda context and the keys of the builder stay.
pub fn clear_keys() {
    with_appended(Fields::clear);
}

/// Sets the correlation id of this invocation's further records, in place of what the event had.
///
/// Longer than 256 bytes it is cut there; empty it is none.
pub fn set_correlation_id(id: &str) {
    let id = &id[..id.floor_char_boundary(MAX_ID_BYTES)];
    with_appended(|appended| {
        if id.is_empty() {
            appended.remove(CORRELATION_ID);
        } else {
            appended.set(CORRELATION_ID, |buffer| json::write_str(buffer, id));
        }
    });
}

/// Returns the correlation id of this invocation, to send it on; a number as its text.
pub fn correlation_id() -> Option<String> {
    let written = Invocation::with_current(|invocation| {
        LogState::of(invocation).read_appended(|appended| appended.value(CORRELATION_ID).map(<[u8]>::to_vec))
    })???;
    match serde_json::from_slice(&written).ok()? {
        serde_json::Value::String(text) => Some(text),
        number => Some(number.to_string()),
    }
}

/// Keeps the correlation id that was found in the event.
pub(crate) fn store_correlation_id(invocation: &Invocation, id: &CorrelationId<'_>) {
    LogState::of(invocation).with_appended(|appended| {
        appended.set(CORRELATION_ID, |buffer| id.write_json(buffer));
    });
}

/// Adds keys as far as the bounds allow.
pub(crate) fn add(keys: &mut Fields, more: &Fields) {
    for (key, bytes) in more.items_from(0) {
        let replaced = keys.value(key).map_or(0, <[u8]>::len);
        let fits = keys.byte_len() - replaced + bytes.len() <= MAX_BYTES && (keys.len() < MAX_KEYS || replaced > 0);
        if fits {
            keys.extend(std::iter::once((key, bytes)));
        }
    }
}

fn with_appended(f: impl FnOnce(&mut Fields)) {
    Invocation::with_current(|invocation| LogState::of(invocation).with_appended(f));
}
