//! `Event`, the bytes that Lambda passes to a function, and what all builders have in common.

use std::fmt;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The payload of an invocation. Every builder of [`events`](super) converts into it.
#[derive(Clone, PartialEq, Eq)]
pub struct Event(Bytes);

/// Returns an event with exactly this text, which need not be JSON.
///
/// ```
/// use powertools_lambda_core::test_util::events;
///
/// let event = events::raw(r#"{"order": 7}"#);
/// assert_eq!(event.into_json()["order"], 7);
/// ```
pub fn raw(payload: impl Into<Bytes>) -> Event {
    Event(payload.into())
}

/// Returns an event with the JSON of `payload`, for functions that are invoked with your own type.
///
/// # Panics
///
/// Panics if `payload` cannot be serialized.
#[track_caller]
pub fn json(payload: &(impl Serialize + ?Sized)) -> Event {
    Event(to_text(payload).into())
}

impl Event {
    /// Decodes the event.
    ///
    /// # Panics
    ///
    /// Panics with the event and the reason if it does not decode.
    #[track_caller]
    pub fn decode<T: DeserializeOwned>(&self) -> T {
        match serde_json::from_slice(&self.0) {
            Ok(decoded) => decoded,
            Err(error) => panic!("the event is not a {}: {error}\n{self:?}", std::any::type_name::<T>()),
        }
    }

    /// Returns the event as JSON.
    ///
    /// # Panics
    ///
    /// Panics if it is not JSON, which only a [`raw`] event may be.
    #[track_caller]
    pub fn into_json(self) -> Value {
        self.decode()
    }

    /// Returns the payload.
    pub fn into_bytes(self) -> Bytes {
        self.0
    }
}

impl From<Value> for Event {
    fn from(json: Value) -> Self {
        Self(json.to_string().into())
    }
}

impl From<&Value> for Event {
    fn from(json: &Value) -> Self {
        Self(json.to_string().into())
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

/// Returns the JSON text of what a test puts into an event.
#[track_caller]
pub(super) fn to_text(value: &(impl Serialize + ?Sized)) -> String {
    match serde_json::to_string(value) {
        Ok(text) => text,
        Err(error) => panic!("cannot be serialized: {error}"),
    }
}

/// Returns the JSON of what a test puts into an event.
#[track_caller]
pub(super) fn to_json(value: &(impl Serialize + ?Sized)) -> Value {
    match serde_json::to_value(value) {
        Ok(json) => json,
        Err(error) => panic!("cannot be serialized: {error}"),
    }
}

/// Gives builders, which have `fn build(self) -> Value`, the methods of [`Event`].
macro_rules! builds_event {
    ($($builder:ident),+) => {$(
        impl $builder {
            /// Decodes the event.
            ///
            /// # Panics
            ///
            /// Panics with the event and the reason if it does not decode.
            #[track_caller]
            pub fn decode<T: serde::de::DeserializeOwned>(self) -> T {
                $crate::test_util::events::Event::from(self).decode()
            }

            /// Returns the event as JSON.
            pub fn into_json(self) -> serde_json::Value {
                self.build()
            }
        }

        impl From<$builder> for $crate::test_util::events::Event {
            fn from(builder: $builder) -> Self {
                Self::from(builder.build())
            }
        }
    )+};
}
pub(super) use builds_event;
