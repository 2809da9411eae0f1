//! `FromFields`, a type that is read from the fields of an object, in any order.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

use super::any::Reader;
use super::kind::Kind;

/// A type that is read from the fields of an object.
pub(crate) trait FromFields: Default {
    /// Reads the value of the field `name` with `next_value` or [`read`](super::read), exactly once.
    ///
    /// If the object has a field twice, the last one applies.
    fn read_field<'de, A: MapAccess<'de>>(&mut self, name: &str, value: &mut A) -> Result<(), A::Error>;

    /// Called instead of `read_field` if the value is not an object.
    fn note_other(&mut self, _came: Kind) {}
}

/// Reads an object into a `T`.
pub(crate) struct Fields<T>(PhantomData<T>);

/// Reads the name of a field, without a copy if it is borrowed from the event.
pub(super) struct FieldName;

/// Implements `Deserialize` for types that implement [`FromFields`]. It fails only if the event is not JSON.
macro_rules! impl_deserialize {
    ($($name:ty),+) => {
        $(impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any($crate::sources::reading::Any($crate::sources::reading::Fields::new()))
            }
        })+
    };
}

pub(crate) use impl_deserialize;

impl<T> Fields<T> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<'de, T: FromFields> Reader<'de> for Fields<T> {
    type Value = T;

    fn other(self, came: Kind) -> T {
        let mut target = T::default();
        target.note_other(came);
        target
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<T, A::Error> {
        let mut target = T::default();
        while let Some(name) = object.next_key_seed(FieldName)? {
            target.read_field(&name, &mut object)?;
        }
        Ok(target)
    }
}

impl<'de> DeserializeSeed<'de> for FieldName {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for FieldName {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(name.to_owned()))
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_string<E: Error>(self, name: String) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(name))
    }
}
