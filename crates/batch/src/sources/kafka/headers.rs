//! `Headers`, which reads the headers of a Kafka record.

use serde::de::{MapAccess, SeqAccess};

use crate::sources::reading::{Any, Kind, Reader, read};

/// Reads `[{"name": [104, -1]}, …]`; anything else is empty.
pub(super) struct Headers;

impl<'de> Reader<'de> for Headers {
    type Value = Vec<(String, Vec<u8>)>;

    fn other(self, _: Kind) -> Self::Value {
        Vec::new()
    }

    fn array<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let mut headers = Vec::new();
        while array.next_element_seed(Any(Header(&mut headers)))?.is_some() {}
        Ok(headers)
    }
}

/// Reads `{"name": [104, -1]}`, normally with one name.
struct Header<'a>(&'a mut Vec<(String, Vec<u8>)>);

impl<'de> Reader<'de> for Header<'_> {
    type Value = ();

    fn other(self, _: Kind) {}

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        while let Some(name) = object.next_key()? {
            let bytes = read(&mut object, Bytes)?;
            self.0.push((name, bytes));
        }
        Ok(())
    }
}

/// Reads bytes as Lambda writes them, as signed numbers, or as other tools do, as unsigned ones or text.
struct Bytes;

impl<'de> Reader<'de> for Bytes {
    type Value = Vec<u8>;

    fn other(self, _: Kind) -> Vec<u8> {
        Vec::new()
    }

    fn text(self, text: &str) -> Vec<u8> {
        text.as_bytes().to_owned()
    }

    fn array<A: SeqAccess<'de>>(self, mut array: A) -> Result<Vec<u8>, A::Error> {
        let mut bytes = Some(Vec::new());
        while let Some(byte) = array.next_element_seed(Any(Byte))? {
            match (&mut bytes, byte) {
                (Some(bytes), Some(byte)) => bytes.push(byte),
                _ => bytes = None,
            }
        }
        Ok(bytes.unwrap_or_default())
    }
}

struct Byte;

impl Reader<'_> for Byte {
    type Value = Option<u8>;

    fn other(self, _: Kind) -> Option<u8> {
        None
    }

    fn integer(self, integer: i128) -> Option<u8> {
        let byte = u8::try_from(integer).ok();
        byte.or_else(|| i8::try_from(integer).ok().map(i8::cast_unsigned))
    }
}
