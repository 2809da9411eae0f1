//! `JsonSerializer`, which serializes a value as JSON: a text with core's writer, which copies what needs no escape, everything
//! else with `serde_json`.

use std::fmt::Display;

use powertools_lambda_core::json;
use serde::{Serialize, Serializer};
use serde_json::Error;

/// Writes a text itself and leaves every other value to `serde_json`, which looks at each byte of a text.
///
/// Most metadata is a text, such as an id.
pub(crate) struct JsonSerializer<'s, 'b> {
    pub(crate) buffer: &'b mut Vec<u8>,
    /// The place for the serializer of other values.
    pub(crate) other: &'s mut Option<Other<'b>>,
}

pub(crate) type Other<'b> = serde_json::Serializer<&'b mut Vec<u8>>;
type Compound<'s, 'b> = <&'s mut Other<'b> as Serializer>::SerializeSeq;

impl<'s, 'b> JsonSerializer<'s, 'b> {
    fn other(self) -> &'s mut Other<'b> {
        self.other.insert(serde_json::Serializer::new(self.buffer))
    }
}

macro_rules! leave_to_other {
    ($($method:ident($($argument:ident: $type:ty),*) -> $ok:ty;)*) => {
        $(fn $method(self, $($argument: $type),*) -> Result<$ok, Error> {
            self.other().$method($($argument),*)
        })*
    };
}

impl<'s, 'b> Serializer for JsonSerializer<'s, 'b> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Compound<'s, 'b>;
    type SerializeTuple = Compound<'s, 'b>;
    type SerializeTupleStruct = Compound<'s, 'b>;
    type SerializeTupleVariant = Compound<'s, 'b>;
    type SerializeMap = Compound<'s, 'b>;
    type SerializeStruct = Compound<'s, 'b>;
    type SerializeStructVariant = Compound<'s, 'b>;

    fn serialize_str(self, text: &str) -> Result<(), Error> {
        json::write_str(self.buffer, text);
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<(), Error> {
        self.other().serialize_newtype_struct(name, value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.other().serialize_newtype_variant(name, index, variant, value)
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<(), Error> {
        self.other().collect_str(value)
    }

    leave_to_other! {
        serialize_bool(value: bool) -> ();
        serialize_i8(value: i8) -> ();
        serialize_i16(value: i16) -> ();
        serialize_i32(value: i32) -> ();
        serialize_i64(value: i64) -> ();
        serialize_i128(value: i128) -> ();
        serialize_u8(value: u8) -> ();
        serialize_u16(value: u16) -> ();
        serialize_u32(value: u32) -> ();
        serialize_u64(value: u64) -> ();
        serialize_u128(value: u128) -> ();
        serialize_f32(value: f32) -> ();
        serialize_f64(value: f64) -> ();
        serialize_char(value: char) -> ();
        serialize_bytes(value: &[u8]) -> ();
        serialize_none() -> ();
        serialize_unit() -> ();
        serialize_unit_struct(name: &'static str) -> ();
        serialize_unit_variant(name: &'static str, index: u32, variant: &'static str) -> ();
        serialize_seq(length: Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(length: usize) -> Self::SerializeTuple;
        serialize_tuple_struct(name: &'static str, length: usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(
            name: &'static str, index: u32, variant: &'static str, length: usize
        ) -> Self::SerializeTupleVariant;
        serialize_map(length: Option<usize>) -> Self::SerializeMap;
        serialize_struct(name: &'static str, length: usize) -> Self::SerializeStruct;
        serialize_struct_variant(
            name: &'static str, index: u32, variant: &'static str, length: usize
        ) -> Self::SerializeStructVariant;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde::Serialize;
    use serde_json::json;

    use super::*;

    fn written(value: &impl Serialize) -> Vec<u8> {
        let mut buffer = Vec::new();
        let serializer = JsonSerializer {
            buffer: &mut buffer,
            other: &mut None,
        };
        value.serialize(serializer).unwrap();
        buffer
    }

    #[derive(Serialize)]
    enum Kind {
        Unit,
        Newtype(&'static str),
        Tuple(u8, f32),
        Struct { id: i128 },
    }

    #[derive(Serialize)]
    struct Newtype(Option<&'static str>);

    #[test]
    fn any_kind_of_value_is_written_as_by_serde_json() {
        fn check(value: &impl Serialize) {
            assert_eq!(written(value), serde_json::to_vec(value).unwrap());
        }
        check(&Some("text"));
        check(&None::<&str>);
        check(&('c', true, 1_u128, ()));
        check(&[
            Kind::Unit,
            Kind::Newtype("a"),
            Kind::Tuple(1, 0.1),
            Kind::Struct { id: -7 },
        ]);
        check(&Kind::Unit);
        check(&Kind::Newtype("a"));
        check(&Kind::Tuple(1, 0.1));
        check(&Kind::Struct { id: -7 });
        check(&Newtype(Some("a")));
        check(&BTreeMap::from([("a", 1.5), ("b", f64::NAN)]));
        check(&format_args!("{}\"", 1));
        check(&json!({"a": [1, "b", null]}));
        check(&7_i8);
        check(&7_u64);
        check(&1e300_f64);
        check(&0.1_f32);
        check(&"\u{1}\n\"\\".to_owned());
    }

    proptest! {
        #[test]
        fn any_text_is_written_as_by_serde_json(text in any::<String>()) {
            prop_assert_eq!(written(&text), serde_json::to_vec(&text).unwrap());
        }
    }
}
