//! `EvaluationContext`, the key-value pairs that conditions are evaluated with, and `ToContext`.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::key::{Key, KeyRef};
use crate::{ContextError, percentage_bucket};

/// The key-value pairs that the conditions of rules are evaluated with, prepared once for any number of evaluations.
///
/// Every method that takes a context also takes any `Serialize` value that becomes a JSON object, such as a struct or a
/// map; it is converted in each call. A condition on a key that the context does not have never matches, not even one
/// with `NOT_EQUALS`. `Debug` shows the keys only, because the values may be personal.
///
/// ```
/// use powertools_lambda_feature_flags::EvaluationContext;
///
/// let context = EvaluationContext::new()
///     .key("tier", "premium")
///     .key("items", 3)
///     .bucket("cart_bucket", "cart-2026", "user-4711");
/// assert_eq!(context.get("tier").and_then(|value| value.as_str()), Some("premium"));
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct EvaluationContext {
    /// In the order of the keys' hashes.
    entries: Vec<(Key, Value)>,
}

/// Up to this many keys are compared one by one, which is faster than a binary search.
const FEW: usize = 16;

impl EvaluationContext {
    /// Creates a context without keys, with which only conditions on the time can match.
    pub const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// Creates a context from a value that serializes to a JSON object.
    ///
    /// # Errors
    ///
    /// Returns an error if the value cannot be serialized, or is not an object. `()` and `None` are contexts without keys.
    pub fn from_serialize<T: Serialize + ?Sized>(value: &T) -> Result<Self, ContextError> {
        match serde_json::to_value(value) {
            Ok(Value::Object(entries)) => Ok(entries.into_iter().collect()),
            Ok(Value::Null) => Ok(Self::new()),
            Ok(_) => Err(ContextError::not_an_object()),
            Err(error) => Err(ContextError::not_serializable(error)),
        }
    }

    /// Sets the value of a key.
    #[must_use = "`key` returns the changed context"]
    pub fn key(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.insert(key, value);
        self
    }

    /// Sets a key to the [`percentage_bucket`] of a salt and an id, 0 to 99, for conditions with `MODULO_RANGE`.
    #[must_use = "`bucket` returns the changed context"]
    pub fn bucket(self, key: impl Into<String>, salt: &str, id: &str) -> Self {
        self.key(key, percentage_bucket(salt, id))
    }

    /// Sets the value of a key, in place.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<Value>) {
        let (key, value) = (Key::new(&key.into()), value.into());
        match self.place(key.as_ref()) {
            Ok(place) => self.entries[place].1 = value,
            Err(place) => self.entries.insert(place, (key, value)),
        }
    }

    /// Returns the value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.get_key(KeyRef::new(key))
    }

    /// Returns the keys with their values, in an unspecified order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.entries.iter().map(|(key, value)| (key.as_str(), value))
    }

    #[inline]
    pub(crate) fn get_key(&self, key: KeyRef<'_>) -> Option<&Value> {
        if self.entries.len() <= FEW {
            let mut entries = self.entries.iter();
            return entries
                .find(|(known, _)| known.as_ref().is(&key))
                .map(|(_, value)| value);
        }
        self.place(key).ok().map(|place| &self.entries[place].1)
    }

    fn place(&self, key: KeyRef<'_>) -> Result<usize, usize> {
        self.entries.binary_search_by(|(known, _)| known.as_ref().cmp(&key))
    }
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for EvaluationContext {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let pairs = pairs.into_iter();
        let mut entries: Vec<_> = pairs
            .map(|(key, value)| (Key::new(&key.into()), value.into()))
            .collect();
        // The last value of a key counts: the sort is stable, and the deduplication keeps the first of equal
        // neighbours, which the reversal makes the last value.
        entries.reverse();
        entries.sort_by(|(left, _), (right, _)| left.as_ref().cmp(&right.as_ref()));
        entries.dedup_by(|(later, _), (earlier, _)| later == earlier);
        Self { entries }
    }
}

impl fmt::Debug for EvaluationContext {
    /// Writes the keys only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(|(key, _)| key)).finish()
    }
}

impl<K: Into<String>, V: Into<Value>, const N: usize> From<[(K, V); N]> for EvaluationContext {
    fn from(pairs: [(K, V); N]) -> Self {
        pairs.into_iter().collect()
    }
}

/// A value that can be a context: an [`EvaluationContext`], or anything that serializes to a JSON object.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a context for feature flags",
    label = "neither an `EvaluationContext` nor `Serialize`",
    note = "add `#[derive(serde::Serialize)]` to the type, or build an `EvaluationContext` from key-value pairs"
)]
pub trait ToContext {
    /// Returns the context.
    ///
    /// # Errors
    ///
    /// Returns an error if the value does not serialize to a JSON object.
    fn to_context(&self) -> Result<Cow<'_, EvaluationContext>, ContextError>;
}

impl ToContext for EvaluationContext {
    fn to_context(&self) -> Result<Cow<'_, EvaluationContext>, ContextError> {
        Ok(Cow::Borrowed(self))
    }
}

impl<T: Serialize + ?Sized> ToContext for T {
    fn to_context(&self) -> Result<Cow<'_, EvaluationContext>, ContextError> {
        EvaluationContext::from_serialize(self).map(Cow::Owned)
    }
}
