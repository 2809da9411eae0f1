//! `Keys`, a set of keys with values of any type.

use std::borrow::Cow;

use serde::Serialize;

use super::bounds::add;
use crate::record::{Fields, write_value};

/// A set of keys with values of any type, for [`append_keys`](crate::append_keys) and for a scope.
///
/// If all values have the same type, an array, a `Vec` or a map of pairs can be used instead
/// (`map.into_iter().collect()`). A set keeps up to 128 keys and 64 KiB; further keys are left out. A value that cannot
/// be serialized becomes the text `<not serialisable: …>`.
///
/// ```
/// use powertools_lambda_logger::{self as logger, Keys};
///
/// logger::append_keys(Keys::new().key("order_id", "A-1").key("items", ["book", "lamp"]).key("total", 12.5));
/// logger::append_keys([("tenant", "acme"), ("region", "eu")]);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "pass it to `append_keys`, `with_keys` or `scope_keys`"]
pub struct Keys(pub(crate) Fields);

impl Keys {
    /// Creates an empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a key; the last value of a key wins.
    ///
    /// The name is a `&'static str` or a `String`; the value is serialized immediately.
    pub fn key(mut self, key: impl Into<Cow<'static, str>>, value: impl Serialize) -> Self {
        // Serialized separately, because a user's `Serialize` may fail half-way and the set is bounded.
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
