//! `FlagValue`, a flag as a deserializer.

use serde::de::{DeserializeOwned, Deserializer, Visitor};
use serde_json::Value;

use super::error::ValueError;
use crate::EvaluationError;
use crate::document::Answer;

/// A flag as a deserializer.
///
/// A feature of Powertools is read as its value. A flag of AppConfig is read as a boolean (whether it is enabled) or as
/// its attributes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FlagValue<'a> {
    Value(&'a Value),
    Flag { enabled: bool, attributes: &'a Value },
}

impl<'a> FlagValue<'a> {
    /// Returns the value of an answer, or `None` for a flag whose variant has not been chosen.
    pub(crate) fn of(answer: Answer<'a>) -> Option<Self> {
        match answer {
            Answer::Value { value, .. } => Some(Self::Value(value)),
            Answer::Flag { enabled, attributes } => Some(Self::Flag { enabled, attributes }),
            Answer::Variants => None,
        }
    }

    /// Returns the value that has the attributes.
    fn attributes(self) -> Result<&'a Value, ValueError> {
        match self {
            Self::Value(value) => Ok(value),
            Self::Flag {
                enabled: true,
                attributes,
            } => Ok(attributes),
            Self::Flag { enabled: false, .. } => Err(ValueError::Disabled),
        }
    }
}

/// Returns the value of a flag as a type.
pub(crate) fn typed<T: DeserializeOwned>(flag: &str, value: FlagValue<'_>) -> Result<T, EvaluationError> {
    T::deserialize(value).map_err(|error| match error {
        ValueError::Disabled => EvaluationError::disabled(flag),
        ValueError::Invalid(reason) => EvaluationError::wrong_type(flag, reason),
    })
}

macro_rules! forward {
    ($($method:ident($($argument:ident: $type:ty),*);)+) => {$(
        fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, ValueError> {
            Ok(self.attributes()?.$method($($argument,)* visitor)?)
        }
    )+};
}

impl<'de> Deserializer<'de> for FlagValue<'de> {
    type Error = ValueError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        // A type that takes anything finds `enabled` among the attributes.
        let (Self::Value(value) | Self::Flag { attributes: value, .. }) = self;
        Ok(value.deserialize_any(visitor)?)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self {
            Self::Value(value) => Ok(value.deserialize_bool(visitor)?),
            Self::Flag { enabled, .. } => visitor.visit_bool(enabled),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self {
            Self::Value(Value::Null) => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        Ok(self.attributes()?.deserialize_enum(name, variants, visitor)?)
    }

    forward! {
        deserialize_i8(); deserialize_i16(); deserialize_i32(); deserialize_i64(); deserialize_i128();
        deserialize_u8(); deserialize_u16(); deserialize_u32(); deserialize_u64(); deserialize_u128();
        deserialize_f32(); deserialize_f64();
        deserialize_char(); deserialize_str(); deserialize_string();
        deserialize_bytes(); deserialize_byte_buf();
        deserialize_unit(); deserialize_unit_struct(name: &'static str);
        deserialize_seq(); deserialize_tuple(length: usize); deserialize_tuple_struct(name: &'static str, length: usize);
        deserialize_map(); deserialize_struct(name: &'static str, fields: &'static [&'static str]);
        deserialize_identifier();
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_unit()
    }
}
