//! `from_item`, which decodes an item into a type.
//!
//! `serde_dynamo` has the same function. This one neither rounds nor copies: a number that its target cannot hold is an
//! error, `u128`, `i128` and `Vec<u8>` are read, and an error names the attribute.

use std::collections::{HashMap, hash_map};
use std::fmt::Display;
use std::str::FromStr;

use serde::de::value::{BorrowedStrDeserializer, Error, SeqDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, Expected, IntoDeserializer, MapAccess,
    Unexpected, VariantAccess, Visitor,
};
use serde_dynamo::{AttributeValue, Item};

use super::decimal::{exact_double, integer_digits};
use super::map_key::MapKey;

/// Decodes an item into a `T`.
pub(super) fn from_item<T: DeserializeOwned>(item: &Item) -> Result<T, Error> {
    T::deserialize(Attribute::M(item.inner()))
}

/// An attribute, or an element of a set.
#[derive(Clone, Copy)]
enum Attribute<'de> {
    S(&'de str),
    N(&'de str),
    B(&'de [u8]),
    Bool(bool),
    Null,
    M(&'de HashMap<String, AttributeValue>),
    L(&'de [AttributeValue]),
    Ss(&'de [String]),
    Ns(&'de [String]),
    Bs(&'de [Vec<u8>]),
}

impl<'de> From<&'de AttributeValue> for Attribute<'de> {
    fn from(value: &'de AttributeValue) -> Self {
        match value {
            AttributeValue::S(text) => Self::S(text),
            AttributeValue::N(number) => Self::N(number),
            AttributeValue::B(bytes) => Self::B(bytes),
            AttributeValue::Bool(boolean) => Self::Bool(*boolean),
            AttributeValue::Null(_) => Self::Null,
            AttributeValue::M(map) => Self::M(map),
            AttributeValue::L(list) => Self::L(list),
            AttributeValue::Ss(set) => Self::Ss(set),
            AttributeValue::Ns(set) => Self::Ns(set),
            AttributeValue::Bs(set) => Self::Bs(set),
        }
    }
}

impl<'de> IntoDeserializer<'de> for Attribute<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Attribute<'de> {
    fn unexpected(self, expected: &dyn Expected) -> Error {
        let came = match self {
            Self::S(_) => "a text (S)",
            Self::N(_) => "a number (N)",
            Self::B(_) => "bytes (B)",
            Self::Bool(_) => "a boolean (BOOL)",
            Self::Null => "NULL",
            Self::M(_) => "a map (M)",
            Self::L(_) => "a list (L)",
            Self::Ss(_) => "a set of texts (SS)",
            Self::Ns(_) => "a set of numbers (NS)",
            Self::Bs(_) => "a set of bytes (BS)",
        };
        Error::invalid_type(Unexpected::Other(came), expected)
    }

    fn integer<T: FromStr>(self, expected: &dyn Expected) -> Result<T, Error> {
        let Self::N(text) = self else {
            return Err(self.unexpected(expected));
        };
        let parsed = integer_digits(text).parse();
        parsed.map_err(|_| Error::invalid_value(Unexpected::Other("a number (N) that it cannot hold"), expected))
    }

    /// Returns the nearest number, which is what an `f32` or `f64` asks for, unless it is infinite.
    fn float<T: FromStr + Into<f64> + Copy>(self, expected: &dyn Expected) -> Result<T, Error> {
        let Self::N(text) = self else {
            return Err(self.unexpected(expected));
        };
        let parsed: Option<T> = text.parse().ok();
        let finite = parsed.filter(|parsed| Into::<f64>::into(*parsed).is_finite());
        finite.ok_or_else(|| Error::invalid_value(Unexpected::Other("a number (N) that it cannot hold"), expected))
    }

    fn array<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        fn visit<'de, V: Visitor<'de>>(
            items: impl Iterator<Item: IntoDeserializer<'de>>,
            visitor: V,
        ) -> Result<V::Value, Error> {
            let mut items = SeqDeserializer::new(items);
            let value = visitor.visit_seq(&mut items)?;
            items.end()?;
            Ok(value)
        }
        match self {
            Self::L(list) => visit(list.iter().map(Self::from), visitor),
            Self::Ss(set) => visit(set.iter().map(|text| Self::S(text)), visitor),
            Self::Ns(set) => visit(set.iter().map(|number| Self::N(number)), visitor),
            Self::Bs(set) => visit(set.iter().map(|bytes| Self::B(bytes)), visitor),
            Self::B(bytes) => visit(bytes.iter().copied(), visitor),
            _ => Err(self.unexpected(&visitor)),
        }
    }
}

/// Visits a number for a target that takes anything: as the first type that has exactly its digits.
fn visit_number<'de, V: Visitor<'de>>(text: &'de str, visitor: V) -> Result<V::Value, Error> {
    let integer = integer_digits(text);
    if let Ok(integer) = integer.parse() {
        visitor.visit_u64(integer)
    } else if let Ok(integer) = integer.parse() {
        visitor.visit_i64(integer)
    } else if let Some(double) = exact_double(text) {
        visitor.visit_f64(double)
    } else if let Ok(integer) = integer.parse() {
        visitor.visit_u128(integer)
    } else if let Ok(integer) = integer.parse() {
        visitor.visit_i128(integer)
    } else {
        Err(Error::custom(
            "a number (N) has more digits than a double, and its target does not say which type it has: \
             read it into a field of type `String` or `f64`",
        ))
    }
}

macro_rules! numbers {
    ($read:ident: $($method:ident $visit:ident),+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            let number = self.$read(&visitor)?;
            visitor.$visit(number)
        })+
    };
}

impl<'de> Deserializer<'de> for Attribute<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::S(text) => visitor.visit_borrowed_str(text),
            Self::N(number) => visit_number(number, visitor),
            Self::B(bytes) => visitor.visit_borrowed_bytes(bytes),
            Self::Bool(boolean) => visitor.visit_bool(boolean),
            Self::Null => visitor.visit_unit(),
            Self::M(map) => visitor.visit_map(Map::new(map)),
            Self::L(_) | Self::Ss(_) | Self::Ns(_) | Self::Bs(_) => self.array(visitor),
        }
    }

    numbers! { integer:
        deserialize_i8 visit_i8, deserialize_i16 visit_i16, deserialize_i32 visit_i32, deserialize_i64 visit_i64,
        deserialize_i128 visit_i128, deserialize_u8 visit_u8, deserialize_u16 visit_u16, deserialize_u32 visit_u32,
        deserialize_u64 visit_u64, deserialize_u128 visit_u128
    }

    numbers! { float: deserialize_f32 visit_f32, deserialize_f64 visit_f64 }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Bool(boolean) => visitor.visit_bool(boolean),
            _ => Err(self.unexpected(&visitor)),
        }
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    /// Text, and the digits of a number: a type for decimals reads them without a double in between.
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::S(text) | Self::N(text) => visitor.visit_borrowed_str(text),
            _ => Err(self.unexpected(&visitor)),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::B(bytes) => visitor.visit_borrowed_bytes(bytes),
            _ => Err(self.unexpected(&visitor)),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Null => visitor.visit_unit(),
            _ => Err(self.unexpected(&visitor)),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.array(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.array(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.array(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::M(map) => visitor.visit_map(Map::new(map)),
            _ => Err(self.unexpected(&visitor)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            Self::L(_) => self.array(visitor),
            _ => self.deserialize_map(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            Self::S(variant) => visitor.visit_enum(BorrowedStrDeserializer::new(variant)),
            Self::M(map) => match map.iter().next() {
                Some((variant, content)) if map.len() == 1 => visitor.visit_enum(Enum {
                    variant,
                    content: content.into(),
                }),
                _ => Err(Error::invalid_value(
                    Unexpected::Other("a map (M) without exactly one attribute"),
                    &visitor,
                )),
            },
            _ => Err(self.unexpected(&visitor)),
        }
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }
}

struct Map<'de> {
    rest: hash_map::Iter<'de, String, AttributeValue>,
    current: Option<(&'de str, Attribute<'de>)>,
}

impl<'de> Map<'de> {
    fn new(map: &'de HashMap<String, AttributeValue>) -> Self {
        Self {
            rest: map.iter(),
            current: None,
        }
    }
}

impl<'de> MapAccess<'de> for Map<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        self.current = self.rest.next().map(|(name, value)| (name.as_str(), value.into()));
        let Some((name, _)) = self.current else { return Ok(None) };
        seed.deserialize(MapKey(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let Some((name, value)) = self.current.take() else {
            return Err(Error::custom("a value was asked for before its name"));
        };
        seed.deserialize(value).map_err(|error| at(name, error))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

struct Enum<'de> {
    variant: &'de str,
    content: Attribute<'de>,
}

impl<'de> EnumAccess<'de> for Enum<'de> {
    type Error = Error;
    type Variant = Content<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Content<'de>), Error> {
        let variant = seed.deserialize(MapKey(self.variant))?;
        Ok((variant, Content(self.content)))
    }
}

/// The content of an enum's variant.
struct Content<'de>(Attribute<'de>);

impl<'de> VariantAccess<'de> for Content<'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self.0)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.0.array(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Error> {
        self.0.deserialize_map(visitor)
    }
}

/// Names the attribute in its error.
fn at(name: &str, error: impl Display) -> Error {
    Error::custom(format_args!("`{name}`: {error}"))
}
