//! `fields::read`, which deserializes a struct from many parameters, each of which is a field.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

use crate::decode::json;
use crate::{DecodeError, Value};

/// The decoding into the struct `T`.
pub(crate) struct Of<T>(PhantomData<fn() -> T>);

impl<T> Of<T> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T> fmt::Debug for Of<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Of({})", std::any::type_name::<T>())
    }
}

/// Reads `T` from named values; an error includes the name of the value that caused it, if it was one.
pub(crate) fn read<'v, T: DeserializeOwned>(
    values: impl Iterator<Item = (&'v str, &'v Value)>,
) -> Result<T, (Option<String>, DecodeError)> {
    let mut root = Node::default();
    for (name, value) in values {
        root.put(name, value);
    }
    let blamed = RefCell::default();
    let tree = Tree {
        node: &root,
        name: String::new(),
        blamed: &blamed,
    };
    T::deserialize(tree).map_err(|Failure(reason)| {
        let name = blamed.into_inner().filter(|name: &String| !name.is_empty());
        let reason = reason.unwrap_or_else(|| format!("not a {}", std::any::type_name::<T>()));
        (name, DecodeError::new("fields", reason))
    })
}

/// The value of a name, and the names below it.
#[derive(Default)]
struct Node<'v> {
    value: Option<&'v Value>,
    below: BTreeMap<&'v str, Node<'v>>,
}

impl<'v> Node<'v> {
    fn put(&mut self, name: &'v str, value: &'v Value) {
        match name.split_once('/') {
            Some((first, rest)) => self.below.entry(first).or_default().put(rest, value),
            None => self.below.entry(name).or_default().value = Some(value),
        }
    }
}

/// JSON from a reader, because borrowed text would have to outlive the result.
type JsonText<'a> = serde_json::Deserializer<serde_json::de::IoRead<&'a [u8]>>;

/// Deserializes a node as the type that the field asks for.
struct Tree<'a, 'v> {
    node: &'a Node<'v>,
    name: String,
    /// The name that was read when the first error occurred.
    blamed: &'a RefCell<Option<String>>,
}

impl Tree<'_, '_> {
    fn blame<T>(&self, result: Result<T, Failure>) -> Result<T, Failure> {
        if result.is_err() {
            self.blamed.borrow_mut().get_or_insert_with(|| self.name.clone());
        }
        result
    }

    fn text(&self) -> Result<&str, Failure> {
        let value = self.node.value.ok_or_else(|| Failure(Some("no value".to_owned())))?;
        value.as_str().map_err(|error| Failure(Some(error.to_string())))
    }

    /// Reads a number or a boolean.
    fn scalar<'de, V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Failure> {
        let wanted = expectation(&visitor);
        let read = self.text().and_then(|text| {
            let mut deserializer = serde_json::Deserializer::from_reader(text.trim().as_bytes());
            let read = deserializer.deserialize_any(visitor);
            read.and_then(|value| deserializer.end().map(|()| value))
                .map_err(|_| Failure(Some(format!("expected {wanted}"))))
        });
        self.blame(read)
    }

    /// Reads a text without decoding it.
    fn string<'de, V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Failure> {
        let read = self.text().and_then(|text| visitor.visit_str(text));
        self.blame(read)
    }

    /// Reads a list or a map from JSON.
    fn document<'de, V: Visitor<'de>>(
        &self,
        visitor: V,
        ask: impl FnOnce(&mut JsonText<'_>, V) -> serde_json::Result<V::Value>,
    ) -> Result<V::Value, Failure> {
        let read = self.text().and_then(|text| {
            let mut deserializer = serde_json::Deserializer::from_reader(text.as_bytes());
            let read = ask(&mut deserializer, visitor);
            read.and_then(|value| deserializer.end().map(|()| value))
                .map_err(|error| Failure(Some(json::reason::<V::Value>(&error))))
        });
        self.blame(read)
    }
}

macro_rules! scalars {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            self.scalar(visitor)
        })*
    };
}

macro_rules! strings {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            self.string(visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for Tree<'_, '_> {
    type Error = Failure;

    scalars!(deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64);
    strings!(deserialize_str deserialize_string deserialize_char deserialize_identifier);

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        if self.node.value.is_some() {
            self.string(visitor)
        } else {
            self.deserialize_map(visitor)
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        if self.node.value.is_some() {
            return self.document(visitor, |json, visitor| json.deserialize_map(visitor));
        }
        let read = visitor.visit_map(Nodes {
            rest: self.node.below.iter(),
            next: None,
            parent: &self.name,
            blamed: self.blamed,
        });
        self.blame(read)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_map(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.document(visitor, |json, visitor| json.deserialize_seq(visitor))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let wanted = expectation(&visitor);
        let read = self.text().and_then(|text| {
            let variant: StrDeserializer<'_, Failure> = serde::de::IntoDeserializer::into_deserializer(text.trim());
            visitor
                .visit_enum(variant)
                .map_err(|_| Failure(Some(format!("expected {wanted}"))))
        });
        self.blame(read)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let bytes = self.node.value.map(Value::as_bytes);
        let read = bytes
            .ok_or_else(|| Failure(Some("no value".to_owned())))
            .and_then(|bytes| visitor.visit_bytes(bytes));
        self.blame(read)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { unit unit_struct }
}

/// The nodes below a node, as a map.
struct Nodes<'a, 'v> {
    rest: std::collections::btree_map::Iter<'a, &'v str, Node<'v>>,
    next: Option<(&'a str, &'a Node<'v>)>,
    parent: &'a str,
    blamed: &'a RefCell<Option<String>>,
}

impl<'de> MapAccess<'de> for Nodes<'_, '_> {
    type Error = Failure;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Failure> {
        self.next = self.rest.next().map(|(name, node)| (*name, node));
        let Some((name, _)) = self.next else { return Ok(None) };
        let key: StrDeserializer<'_, Failure> = serde::de::IntoDeserializer::into_deserializer(name);
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Failure> {
        let (name, node) = self.next.take().ok_or_else(|| Failure::custom(""))?;
        let name = match self.parent {
            "" => name.to_owned(),
            parent => format!("{parent}/{name}"),
        };
        seed.deserialize(Tree {
            node,
            name,
            blamed: self.blamed,
        })
    }
}

/// Returns what a visitor expects, a text that comes from the type and not from the value.
fn expectation<'de, V: Visitor<'de>>(visitor: &V) -> String {
    // A visitor is an `Expected`, which implements `Display` only as a trait object.
    let expected: &dyn serde::de::Expected = visitor;
    expected.to_string()
}

/// Why a field could not be read; `None` if the reason might contain the value.
#[derive(Debug)]
struct Failure(Option<String>);

impl serde::de::Error for Failure {
    fn custom<T: fmt::Display>(_message: T) -> Self {
        Self(None)
    }

    fn missing_field(field: &'static str) -> Self {
        Self(Some(format!("missing field `{field}`")))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self(Some(format!("duplicate field `{field}`")))
    }

    fn unknown_field(_field: &str, expected: &'static [&'static str]) -> Self {
        Self(Some(format!("unknown field, expected one of {expected:?}")))
    }

    fn unknown_variant(_variant: &str, expected: &'static [&'static str]) -> Self {
        Self(Some(format!("expected one of {expected:?}")))
    }

    fn invalid_type(_unexpected: serde::de::Unexpected<'_>, expected: &dyn serde::de::Expected) -> Self {
        Self(Some(format!("expected {expected}")))
    }

    fn invalid_value(_unexpected: serde::de::Unexpected<'_>, expected: &dyn serde::de::Expected) -> Self {
        Self(Some(format!("expected {expected}")))
    }

    fn invalid_length(_length: usize, expected: &dyn serde::de::Expected) -> Self {
        Self(Some(format!("expected {expected}")))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_deref().unwrap_or("the value does not fit"))
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Config {
        currency: String,
        port: u16,
        rate: f64,
        on: bool,
        mode: Mode,
        list: Vec<u8>,
        database: Database,
        note: Option<String>,
        #[serde(default)]
        retries: u8,
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Database {
        environment: String,
        limits: BTreeMap<String, u8>,
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Mode {
        Fast,
        Safe,
    }

    const GOOD: [(&str, &str); 9] = [
        ("currency", "1234"),
        ("port", "5432"),
        ("rate", "1.5"),
        ("on", "true"),
        ("mode", "safe"),
        ("list", "[1, 2]"),
        ("database/environment", "db"),
        ("database/limits", r#"{"a": 1}"#),
        ("unknown/below", "is ignored"),
    ];

    fn read_with(change: (&str, Option<&str>)) -> Result<Config, (Option<String>, DecodeError)> {
        let values: Vec<(String, Value)> = GOOD
            .iter()
            .filter(|(name, _)| *name != change.0)
            .map(|(name, text)| ((*name).to_owned(), Value::text(*text)))
            .chain(change.1.map(|text| (change.0.to_owned(), Value::text(text))))
            .collect();
        read(values.iter().map(|(name, value)| (name.as_str(), value)))
    }

    #[test]
    fn each_name_is_a_field_read_as_the_type_of_the_field() {
        let config = read_with(("note", Some("x"))).unwrap();
        assert_eq!(
            config,
            Config {
                currency: "1234".to_owned(),
                port: 5432,
                rate: 1.5,
                on: true,
                mode: Mode::Safe,
                list: vec![1, 2],
                database: Database {
                    environment: "db".to_owned(),
                    limits: BTreeMap::from([("a".to_owned(), 1)]),
                },
                note: Some("x".to_owned()),
                retries: 0,
            }
        );
    }

    #[test]
    fn an_error_names_the_value_and_does_not_show_it() {
        for (change, name, reason) in [
            (("port", Some("hunter2")), Some("port"), "expected u16"),
            (("port", Some("77777")), Some("port"), "expected u16"),
            (("on", Some("hunter2")), Some("on"), "expected a boolean"),
            (("mode", Some("hunter2")), Some("mode"), "expected enum Mode"),
            (
                ("list", Some("hunter2")),
                Some("list"),
                "expected value at line 1 column 1",
            ),
            (
                ("database/environment", None),
                Some("database"),
                "missing field `environment`",
            ),
            (("currency", None), None, "missing field `currency`"),
        ] {
            let (blamed, error) = read_with(change).unwrap_err();
            assert_eq!(blamed.as_deref(), name, "{change:?}");
            assert_eq!(error.to_string(), format!("transform fields: {reason}"), "{change:?}");
        }
    }
}
