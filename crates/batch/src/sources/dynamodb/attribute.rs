//! `Attributes`, which reads the attributes of an item.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::{IgnoredAny, MapAccess, SeqAccess};
use serde_dynamo::AttributeValue;

use crate::sources::reading::{Any, Kind, Reader, read};

/// Reads the attributes of an item or a map; `None` if it is null.
#[derive(Clone, Copy)]
pub(super) struct Attributes;

/// What is wrong with an attribute: the rest of a sentence that begins with its name.
pub(super) type Problem = Box<str>;

impl<'de> Reader<'de> for Attributes {
    type Value = Result<Option<HashMap<String, AttributeValue>>, Problem>;

    fn other(self, came: Kind) -> Self::Value {
        match came {
            Kind::Null => Ok(None),
            came => unexpected(came, "an object"),
        }
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut attributes = Ok(HashMap::new());
        while let Some(name) = object.next_key::<String>()? {
            match (&mut attributes, read(&mut object, Attribute)?) {
                (Ok(attributes), Ok(value)) => {
                    attributes.insert(name, value);
                }
                (Ok(_), Err(problem)) => attributes = Err(format!(".`{name}`{problem}").into()),
                (Err(_), _) => {} // the first problem is enough
            }
        }
        Ok(attributes.map(Some))
    }
}

/// Reads an attribute, such as `{"S": "text"}`.
#[derive(Clone, Copy)]
struct Attribute;

impl<'de> Reader<'de> for Attribute {
    type Value = Result<AttributeValue, Problem>;

    fn other(self, came: Kind) -> Self::Value {
        unexpected(came, "an object such as {\"S\": …}")
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let Some(kind) = object.next_key::<String>()? else {
            return Ok(unexpected("an empty object", "an object such as {\"S\": …}"));
        };
        let value = &mut object;
        let attribute = match kind.as_str() {
            "S" => read(value, Characters { or_number: false })?.map(AttributeValue::S),
            "N" => read(value, Characters { or_number: true })?.map(AttributeValue::N),
            "BOOL" => read(value, Boolean)?.map(AttributeValue::Bool),
            "NULL" => read(value, Boolean)?.map(AttributeValue::Null),
            "B" => read(value, Bytes)?.map(AttributeValue::B),
            "M" => read(value, Attributes)?.map(|attributes| AttributeValue::M(attributes.unwrap_or_default())),
            "L" => read(value, Array(Attribute))?.map(AttributeValue::L),
            "SS" => read(value, Array(Characters { or_number: false }))?.map(AttributeValue::Ss),
            "NS" => read(value, Array(Characters { or_number: true }))?.map(AttributeValue::Ns),
            "BS" => read(value, Array(Bytes))?.map(AttributeValue::Bs),
            _ => {
                value.next_value::<IgnoredAny>()?;
                Err(format!(" has the unknown type `{kind}`").into())
            }
        };
        let mut more = false;
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            more = true;
        }
        Ok(if more {
            Err(" has more than one type".into())
        } else {
            attribute
        })
    }
}

/// Reads text, or the text of a number. A fraction must be given as text, because it may have been rounded otherwise.
#[derive(Clone, Copy)]
struct Characters {
    or_number: bool,
}

impl Reader<'_> for Characters {
    type Value = Result<String, Problem>;

    fn other(self, came: Kind) -> Self::Value {
        unexpected(came, "text")
    }

    fn integer(self, integer: i128) -> Self::Value {
        if self.or_number {
            Ok(integer.to_string())
        } else {
            self.other(Kind::Number)
        }
    }

    fn text(self, text: &str) -> Self::Value {
        Ok(text.to_owned())
    }

    fn owned_text(self, text: String) -> Self::Value {
        Ok(text)
    }
}

#[derive(Clone, Copy)]
struct Boolean;

impl Reader<'_> for Boolean {
    type Value = Result<bool, Problem>;

    fn other(self, came: Kind) -> Self::Value {
        unexpected(came, "a boolean")
    }

    fn boolean(self, boolean: bool) -> Self::Value {
        Ok(boolean)
    }
}

/// Reads bytes in Base64.
#[derive(Clone, Copy)]
struct Bytes;

impl Reader<'_> for Bytes {
    type Value = Result<Vec<u8>, Problem>;

    fn other(self, came: Kind) -> Self::Value {
        unexpected(came, "text in Base64")
    }

    fn text(self, text: &str) -> Self::Value {
        STANDARD.decode(text).map_err(|_| " is not valid Base64".into())
    }
}

#[derive(Clone, Copy)]
struct Array<R>(R);

impl<'de, T, R: Reader<'de, Value = Result<T, Problem>> + Copy> Reader<'de> for Array<R> {
    type Value = Result<Vec<T>, Problem>;

    fn other(self, came: Kind) -> Self::Value {
        unexpected(came, "an array")
    }

    fn array<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let mut items = Ok(Vec::new());
        while let Some(item) = array.next_element_seed(Any(self.0))? {
            match (&mut items, item) {
                (Ok(items), Ok(item)) => items.push(item),
                (Ok(_), Err(problem)) => items = Err(format!("[]{problem}").into()),
                (Err(_), _) => {}
            }
        }
        Ok(items)
    }
}

fn unexpected<T>(came: impl std::fmt::Display, expected: &str) -> Result<T, Problem> {
    Err(format!(" is {came}, expected {expected}").into())
}
