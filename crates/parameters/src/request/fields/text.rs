//! `Text`, which deserializes the text of a parameter as the type of its field.

use serde::de::value::{BorrowedStrDeserializer, SeqDeserializer};
use serde::de::{Deserializer, IntoDeserializer, Visitor};

use super::choices::{Choices, Form};
use super::failure::Failure;
use super::scalar::Scalar;
use crate::decode::exact::{self, Exact};
use crate::decode::json;

type Json<'a, 'v> = Exact<'a, &'a mut serde_json::Deserializer<serde_json::de::StrRead<'v>>>;

#[derive(Clone, Copy)]
pub(super) struct Text<'a, 'v> {
    pub(super) content: &'v str,
    /// Whether the store says that it is a list, separated by commas.
    pub(super) is_list: bool,
    pub(super) choices: &'a Choices,
}

impl<'v> Text<'_, 'v> {
    fn scalar<V: Visitor<'v>>(self, scalar: Option<Scalar>, visitor: V) -> Result<V::Value, Failure> {
        let wanted = expectation(&visitor);
        let read = scalar.and_then(|scalar| scalar.visit(visitor).ok());
        read.ok_or_else(|| Failure::new(format!("expected {wanted}")).of_text(self.content))
    }

    /// Reads a text without decoding it.
    fn string<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, Failure> {
        let read = visitor.visit_borrowed_str(self.content);
        read.map_err(|failure: Failure| failure.of_text(self.content))
    }

    /// Reads a list or a map from JSON.
    fn document<V: Visitor<'v>>(
        self,
        visitor: V,
        ask: impl FnOnce(Json<'_, 'v>, V) -> serde_json::Result<V::Value>,
    ) -> Result<V::Value, Failure> {
        let rounded = exact::rounded(self.content.as_bytes());
        let mut deserializer = serde_json::Deserializer::from_str(self.content);
        let read = ask(Exact::new(&mut deserializer, &rounded), visitor);
        let read = read.and_then(|value| deserializer.end().map(|()| value));
        read.map_err(|error| Failure::new(json::reason::<V::Value>(&error)).of_text(self.content))
    }
}

impl<'v> Text<'_, 'v> {
    fn list<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, Failure> {
        let items = self.content.split(',').map(|content| Self {
            content,
            is_list: false,
            ..self
        });
        SeqDeserializer::new(items).deserialize_seq(visitor)
    }
}

impl<'v> IntoDeserializer<'v, Failure> for Text<'_, 'v> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! as_scalar {
    ($read:ident: $($method:ident)*) => {
        $(fn $method<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, Failure> {
            self.scalar(Scalar::$read(self.content), visitor)
        })*
    };
}

macro_rules! as_string {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, Failure> {
            self.string(visitor)
        })*
    };
}

impl<'v> Deserializer<'v> for Text<'_, 'v> {
    type Error = Failure;

    as_scalar!(flag: deserialize_bool);
    as_scalar!(integer: deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128);
    as_scalar!(float: deserialize_f32);
    as_scalar!(double: deserialize_f64);
    as_string!(deserialize_str deserialize_string deserialize_char deserialize_identifier);

    fn deserialize_any<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.choices.form(self.content) {
            None => self.string(visitor),
            Some(Form::Scalar(scalar)) => self.scalar(Some(scalar), visitor),
            Some(Form::List) => self.list(visitor),
            Some(Form::Json) => self.document(visitor, |json, visitor| json.deserialize_any(visitor)),
        }
    }

    fn deserialize_map<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.document(visitor, |json, visitor| json.deserialize_map(visitor))
    }

    fn deserialize_struct<V: Visitor<'v>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_map(visitor)
    }

    fn deserialize_seq<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, Failure> {
        if self.is_list && !self.content.trim_start().starts_with('[') {
            return self.list(visitor);
        }
        self.document(visitor, |json, visitor| json.deserialize_seq(visitor))
    }

    fn deserialize_tuple<V: Visitor<'v>>(self, _len: usize, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'v>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_seq(visitor)
    }

    /// Reads a variant without data by its name, and one with data from JSON.
    fn deserialize_enum<V: Visitor<'v>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let text = self.content.trim();
        if text.starts_with('{') {
            return self.document(visitor, |json, visitor| json.deserialize_enum(name, variants, visitor));
        }
        let wanted = expectation(&visitor);
        let read = visitor.visit_enum(BorrowedStrDeserializer::<Failure>::new(text));
        read.map_err(|_| Failure::new(format!("expected {wanted}")).of_text(self.content))
    }

    fn deserialize_option<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'v>>(self, _name: &'static str, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_bytes<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_borrowed_bytes(self.content.as_bytes())
    }

    fn deserialize_byte_buf<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! { <V: Visitor<'v>> unit unit_struct }
}

/// Returns what a visitor expects, a text that comes from the type and not from the value.
pub(super) fn expectation<'de, V: Visitor<'de>>(visitor: &V) -> String {
    // A visitor is an `Expected`, which implements `Display` only as a trait object.
    let expected: &dyn serde::de::Expected = visitor;
    expected.to_string()
}
