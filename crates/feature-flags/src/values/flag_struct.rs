//! `read_struct`, which reads a struct whose fields are named like flags.

use std::cell::Cell;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::error::ValueError;
use super::flag_value::FlagValue;
use crate::EvaluationError;

/// Where the values of a struct come from.
pub(crate) trait FlagSet<'de> {
    /// Returns the names of all flags, for a map.
    fn names(&self) -> Vec<&'de str>;

    /// Evaluates a flag.
    fn evaluate(&self, name: &str) -> Result<FlagValue<'de>, EvaluationError>;

    /// Receives why a field was left out.
    fn left_out(&self, error: &EvaluationError);
}

/// Reads a struct whose fields are named like flags, or a map of all flags.
///
/// A field without a usable value is left out, so that its default counts.
///
/// # Errors
///
/// Returns an error if the type is not a struct or a map, or if a field that is left out has no default.
pub(crate) fn read_struct<'de, T: DeserializeOwned>(flags: &impl FlagSet<'de>) -> Result<T, ValueError> {
    let mut left_out = Vec::new();
    loop {
        let failed = Cell::new(None);
        let fields = Fields {
            flags,
            left_out: &left_out,
            failed: &failed,
        };
        let error = match T::deserialize(fields) {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        // Serde stops at the first value that does not fit, so the next attempt leaves that field out.
        let Some(field) = failed.get() else {
            return Err(error);
        };
        if let ValueError::Invalid(reason) = error {
            flags.left_out(&EvaluationError::wrong_type(field, reason));
        }
        left_out.push(field);
    }
}

/// The flags as a deserializer.
struct Fields<'r, 'de, F> {
    flags: &'r F,
    left_out: &'r [&'de str],
    failed: &'r Cell<Option<&'de str>>,
}

impl<'r, 'de, F: FlagSet<'de>> Fields<'r, 'de, F> {
    fn access(self, names: Vec<&'de str>) -> Access<'r, 'de, F> {
        Access {
            fields: self,
            names: names.into_iter(),
            current: None,
        }
    }
}

impl<'de, F: FlagSet<'de>> Deserializer<'de> for Fields<'_, 'de, F> {
    type Error = ValueError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        let names = self.flags.names();
        visitor.visit_map(self.access(names))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        visitor.visit_map(self.access(fields.to_vec()))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

struct Access<'r, 'de, F> {
    fields: Fields<'r, 'de, F>,
    names: std::vec::IntoIter<&'de str>,
    current: Option<(&'de str, FlagValue<'de>)>,
}

impl<'de, F: FlagSet<'de>> MapAccess<'de> for Access<'_, 'de, F> {
    type Error = ValueError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ValueError> {
        for name in self.names.by_ref().filter(|name| !self.fields.left_out.contains(name)) {
            match self.fields.flags.evaluate(name) {
                Ok(value) => {
                    self.current = Some((name, value));
                    return seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some);
                }
                Err(error) => self.fields.flags.left_out(&error),
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ValueError> {
        let Some((name, value)) = self.current.take() else {
            return Err(serde::de::Error::custom("a value was requested before its key"));
        };
        seed.deserialize(value)
            .inspect_err(|_| self.fields.failed.set(Some(name)))
    }
}
