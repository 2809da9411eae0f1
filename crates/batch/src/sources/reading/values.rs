//! The readers of texts, numbers, arrays and maps.

use std::collections::HashMap;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{MapAccess, SeqAccess};

use super::any::{Any, Reader};
use super::kind::Kind;

/// Reads text. Integers and booleans are taken as text; anything else is `None`.
#[derive(Clone, Copy)]
pub(crate) struct Text;

/// Reads text that a record's handler needs: the type is the error if it is neither text nor null.
pub(crate) struct Content;

/// Reads an integer, also if it is written as text; anything else is `None`.
pub(crate) struct Integer;

/// Reads an array; another type is the error.
pub(crate) struct List<T>(PhantomData<T>);

/// Reads an object as a map. Values that `R` does not read are left out, and another type is an empty map.
pub(crate) struct Map<R>(pub(crate) R);

impl Reader<'_> for Text {
    type Value = Option<String>;

    fn other(self, _: Kind) -> Option<String> {
        None
    }

    fn boolean(self, boolean: bool) -> Option<String> {
        Some(boolean.to_string())
    }

    fn integer(self, integer: i128) -> Option<String> {
        Some(integer.to_string())
    }

    fn text(self, text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn owned_text(self, text: String) -> Option<String> {
        Some(text)
    }
}

impl Reader<'_> for Content {
    type Value = Result<Option<String>, Kind>;

    fn other(self, came: Kind) -> Self::Value {
        match came {
            Kind::Null => Ok(None),
            came => Err(came),
        }
    }

    fn text(self, text: &str) -> Self::Value {
        Ok(Some(text.to_owned()))
    }

    fn owned_text(self, text: String) -> Self::Value {
        Ok(Some(text))
    }
}

impl Reader<'_> for Integer {
    type Value = Option<i64>;

    fn other(self, _: Kind) -> Option<i64> {
        None
    }

    fn integer(self, integer: i128) -> Option<i64> {
        integer.try_into().ok()
    }

    fn text(self, text: &str) -> Option<i64> {
        text.parse().ok()
    }
}

impl<T> List<T> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<'de, T: Deserialize<'de>> Reader<'de> for List<T> {
    type Value = Result<Vec<T>, Kind>;

    fn other(self, came: Kind) -> Self::Value {
        Err(came)
    }

    fn array<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = array.next_element()? {
            items.push(item);
        }
        Ok(Ok(items))
    }
}

impl<'de, R, T> Reader<'de> for Map<R>
where
    R: Reader<'de, Value = Option<T>> + Copy,
{
    type Value = HashMap<String, T>;

    fn other(self, _: Kind) -> Self::Value {
        HashMap::new()
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut map = HashMap::new();
        while let Some(name) = object.next_key()? {
            if let Some(value) = object.next_value_seed(Any(self.0))? {
                map.insert(name, value);
            }
        }
        Ok(map)
    }
}
