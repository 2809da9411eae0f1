//! `read_event`, which reads an event with an array of records.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::kind::Kind;
use super::object::FieldName;

/// An event that has its records in an array, or is that array.
pub(crate) trait EventFields: Default {
    /// What the event should be, for the error of an event that is something else: `an event of Amazon SQS`.
    const WHAT: &'static str;

    /// The field that has the records.
    const RECORDS: &'static str;

    /// Reads the field with the records, and returns whether it had the expected type, or which type it had.
    fn read_records<'de, A: MapAccess<'de>>(&mut self, value: &mut A) -> Result<Records, A::Error>;

    /// Reads the records of an event that consists of them, as EventBridge Pipes sends it.
    fn read_array<'de, A: SeqAccess<'de>>(&mut self, array: A) -> Result<(), A::Error>;

    /// Reads another field, or skips it.
    fn read_field<'de, A: MapAccess<'de>>(&mut self, _name: &str, value: &mut A) -> Result<(), A::Error> {
        value.next_value::<IgnoredAny>().map(|_| ())
    }
}

/// Whether an event has records, or which type it has in their place.
pub(crate) type Records = Result<(), Kind>;

/// Reads an event.
///
/// # Errors
///
/// If there are no records at all. The error says what was expected and what came instead, without its values.
pub(crate) fn read_event<'de, D: Deserializer<'de>, E: EventFields>(deserializer: D) -> Result<E, D::Error> {
    deserializer.deserialize_any(Event(PhantomData))
}

struct Event<E>(PhantomData<E>);

/// How many names of fields an error shows.
const NAMES_IN_ERROR: usize = 8;

/// How long a name in an error may be.
const NAME_IN_ERROR: usize = 64;

impl<E: EventFields> Event<E> {
    fn unexpected<D: Error>(came: impl fmt::Display) -> D {
        let (what, records) = (E::WHAT, E::RECORDS);
        D::custom(format_args!(
            "expected {what}: an object with `{records}`, or an array of records as EventBridge Pipes sends it; came {came}"
        ))
    }
}

impl<'de, E: EventFields> Visitor<'de> for Event<E> {
    type Value = E;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: an object with `{}`, or an array of records",
            E::WHAT,
            E::RECORDS
        )
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<E, A::Error> {
        let mut event = E::default();
        let mut records = None;
        let mut names = String::new();
        let mut count = 0;
        while let Some(name) = object.next_key_seed(FieldName)? {
            if name == E::RECORDS {
                records = Some(event.read_records(&mut object)?);
                continue;
            }
            if records.is_none() && count < NAMES_IN_ERROR {
                let name: String = name.chars().take(NAME_IN_ERROR).collect();
                names.push_str(if count == 0 { " with `" } else { "`, `" });
                names.push_str(&name);
            }
            count += 1;
            event.read_field(&name, &mut object)?;
        }
        match records {
            Some(Ok(())) => Ok(event),
            Some(Err(came)) => Err(Self::unexpected(format_args!(
                "an object whose `{}` is {came}",
                E::RECORDS
            ))),
            None if count == 0 => Err(Self::unexpected("an empty object")),
            None if count > NAMES_IN_ERROR => Err(Self::unexpected(format_args!(
                "an object{names}` and {} more fields",
                count - NAMES_IN_ERROR
            ))),
            None => Err(Self::unexpected(format_args!("an object{names}`"))),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, array: A) -> Result<E, A::Error> {
        let mut event = E::default();
        event.read_array(array)?;
        Ok(event)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<E, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<E, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_unit<D: Error>(self) -> Result<E, D> {
        Err(Self::unexpected(Kind::Null))
    }

    fn visit_none<D: Error>(self) -> Result<E, D> {
        Err(Self::unexpected(Kind::Null))
    }

    fn visit_bool<D: Error>(self, _: bool) -> Result<E, D> {
        Err(Self::unexpected(Kind::Boolean))
    }

    fn visit_i64<D: Error>(self, _: i64) -> Result<E, D> {
        Err(Self::unexpected(Kind::Number))
    }

    fn visit_u64<D: Error>(self, _: u64) -> Result<E, D> {
        Err(Self::unexpected(Kind::Number))
    }

    fn visit_f64<D: Error>(self, _: f64) -> Result<E, D> {
        Err(Self::unexpected(Kind::Number))
    }

    fn visit_str<D: Error>(self, _: &str) -> Result<E, D> {
        Err(Self::unexpected(Kind::Text))
    }
}
