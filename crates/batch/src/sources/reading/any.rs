//! `Any`, which reads a value of any type.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::kind::Kind;

/// Makes a value from a part of an event, which may be of any type.
///
/// The methods return an error only if the event is not JSON.
pub(crate) trait Reader<'de>: Sized {
    type Value;

    /// Returns the value for a type that is not expected.
    fn other(self, came: Kind) -> Self::Value;

    fn boolean(self, _boolean: bool) -> Self::Value {
        self.other(Kind::Boolean)
    }

    fn integer(self, _integer: i128) -> Self::Value {
        self.other(Kind::Number)
    }

    fn float(self, _float: f64) -> Self::Value {
        self.other(Kind::Number)
    }

    fn text(self, _text: &str) -> Self::Value {
        self.other(Kind::Text)
    }

    fn owned_text(self, text: String) -> Self::Value {
        self.text(&text)
    }

    fn array<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        while array.next_element::<IgnoredAny>()?.is_some() {}
        Ok(self.other(Kind::Array))
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(self.other(Kind::Object))
    }
}

/// Passes a value to its [`Reader`].
pub(crate) struct Any<R>(pub(crate) R);

/// Reads the value of the object's current field.
pub(crate) fn read<'de, A: MapAccess<'de>, R: Reader<'de>>(object: &mut A, reader: R) -> Result<R::Value, A::Error> {
    object.next_value_seed(Any(reader))
}

impl<'de, R: Reader<'de>> DeserializeSeed<'de> for Any<R> {
    type Value = R::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<R::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, R: Reader<'de>> Visitor<'de> for Any<R> {
    type Value = R::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: Error>(self, boolean: bool) -> Result<R::Value, E> {
        Ok(self.0.boolean(boolean))
    }

    fn visit_i64<E: Error>(self, integer: i64) -> Result<R::Value, E> {
        Ok(self.0.integer(integer.into()))
    }

    fn visit_u64<E: Error>(self, integer: u64) -> Result<R::Value, E> {
        Ok(self.0.integer(integer.into()))
    }

    fn visit_f64<E: Error>(self, float: f64) -> Result<R::Value, E> {
        Ok(self.0.float(float))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<R::Value, E> {
        Ok(self.0.text(text))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<R::Value, E> {
        Ok(self.0.owned_text(text))
    }

    fn visit_unit<E: Error>(self) -> Result<R::Value, E> {
        Ok(self.0.other(Kind::Null))
    }

    fn visit_none<E: Error>(self) -> Result<R::Value, E> {
        Ok(self.0.other(Kind::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<R::Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<R::Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, array: A) -> Result<R::Value, A::Error> {
        self.0.array(array)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<R::Value, A::Error> {
        self.0.object(object)
    }
}
