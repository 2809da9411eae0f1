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
    if let Ok(integer) = integer.parse::<u64>() {
        visitor.visit_u64(integer)
    } else if let Ok(integer) = integer.parse::<i64>() {
        visitor.visit_i64(integer)
    } else if let Some(double) = exact_double(text) {
        visitor.visit_f64(double)
    } else if let Ok(integer) = integer.parse::<u128>() {
        visitor.visit_u128(integer)
    } else if let Ok(integer) = integer.parse::<i128>() {
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

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet, HashSet};
    use std::fmt::Debug;

    use proptest::prelude::*;
    use serde::{Deserialize, Serialize};
    use serde_json::{Value, json};

    use super::*;

    /// Decodes the attribute `a` of an item.
    fn read<T: DeserializeOwned>(attribute: &Value) -> Result<T, String> {
        #[derive(Deserialize)]
        struct Row<T> {
            a: T,
        }
        let item: Item = serde_json::from_value(json!({ "a": attribute })).unwrap();
        let row: Result<Row<T>, _> = from_item(&item);
        row.map(|row| row.a).map_err(|error| error.to_string())
    }

    fn number<T: DeserializeOwned>(text: &str) -> Result<T, String> {
        read(&json!({ "N": text }))
    }

    #[track_caller]
    fn fails<T: DeserializeOwned + Debug>(attribute: &Value, error: &str) {
        assert_eq!(read::<T>(attribute).unwrap_err(), error);
    }

    #[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Clone, Copy, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Color {
        Red,
        Green,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    enum Shape {
        Point,
        Circle(u32),
        Line(u32, u32),
        Rectangle { width: u128 },
    }

    #[test]
    fn numbers_are_exact_or_an_error() {
        assert_eq!(number("340282366920938463463374607431768211455"), Ok(u128::MAX));
        assert_eq!(number("-170141183460469231731687303715884105728"), Ok(i128::MIN));
        assert_eq!(number("18446744073709551615"), Ok(u64::MAX));
        assert_eq!(number("1E+2"), Ok(100_u8));
        assert_eq!(number("7.0"), Ok(7_i64));
        assert_eq!(number("0.1"), Ok(0.1_f64));
        assert_eq!(number("0.1"), Ok(0.1_f32));
        assert_eq!(number("1.00"), Ok("1.00".to_owned()), "with all its digits");
        assert_eq!(number("7"), Ok(Some(7_u8)));
        for too_large in ["256", "-1", "1.5", "1e99"] {
            fails::<u8>(
                &json!({ "N": too_large }),
                "`a`: invalid value: a number (N) that it cannot hold, expected u8",
            );
        }
        assert!(number::<f32>("1e50").is_err(), "infinite");
        assert!(number::<f64>("1e999").is_err(), "infinite");
        assert!(number::<f64>("x").is_err());
    }

    #[test]
    fn a_number_of_no_given_type_keeps_its_digits_or_is_an_error() {
        for (text, expected) in [
            ("7", json!(7)),
            ("-7", json!(-7)),
            ("18446744073709551615", json!(u64::MAX)),
            ("0.1", json!(0.1)),
            ("100000000000000000000", json!(1e20)),
        ] {
            assert_eq!(number(text), Ok(expected));
        }
        for text in [
            "18446744073709551617",
            "0.10000000000000000001",
            "3.14159265358979323846",
            "340282366920938463463374607431768211455",
            "1e400",
        ] {
            assert!(number::<Value>(text).is_err(), "{text}");
        }
        #[derive(Debug, PartialEq, Deserialize)]
        struct Inner {
            count: u64,
            price: f64,
        }
        #[derive(Debug, PartialEq, Deserialize)]
        struct Flat {
            #[serde(flatten)]
            inner: Inner,
        }
        #[derive(Debug, PartialEq, Deserialize)]
        #[serde(tag = "kind")]
        enum Tagged {
            Sale(Inner),
        }
        #[derive(Debug, PartialEq, Deserialize)]
        #[serde(untagged)]
        enum Untagged {
            Count(u64),
            Price(f64),
        }
        let inner = || Inner { count: 7, price: 0.1 };
        let attributes = json!({"M": {"kind": {"S": "Sale"}, "count": {"N": "7"}, "price": {"N": "0.1"}}});
        assert_eq!(read(&attributes), Ok(Flat { inner: inner() }));
        assert_eq!(read(&attributes), Ok(Tagged::Sale(inner())));
        assert_eq!(number("7"), Ok(Untagged::Count(7)));
        assert_eq!(number("7.5"), Ok(Untagged::Price(7.5)));
    }

    #[test]
    fn every_attribute_fits_the_types_that_the_guide_lists() {
        assert_eq!(read(&json!({"S": "x"})), Ok("x".to_owned()));
        assert_eq!(read(&json!({"S": "x"})), Ok('x'));
        assert_eq!(read(&json!({"S": "red"})), Ok(Color::Red));
        assert_eq!(read(&json!({"BOOL": true})), Ok(true));
        assert_eq!(read(&json!({"NULL": true})), Ok(None::<u32>));
        assert_eq!(read(&json!({"NULL": true})), Ok(()));
        assert_eq!(read(&json!({"B": "AP8="})), Ok(vec![0_u8, 255]));
        assert_eq!(read(&json!({"B": "AP8="})), Ok([0_u8, 255]));
        assert_eq!(read(&json!({"BS": ["AP8="]})), Ok(vec![vec![0_u8, 255]]));
        assert_eq!(
            read(&json!({"SS": ["a", "b"]})),
            Ok(vec!["a".to_owned(), "b".to_owned()])
        );
        assert_eq!(read(&json!({"SS": ["red"]})), Ok(HashSet::from([Color::Red])));
        assert_eq!(read(&json!({"NS": ["1", "2"]})), Ok(BTreeSet::from([1_u128, 2])));
        assert_eq!(read(&json!({"NS": ["1.50"]})), Ok(vec!["1.50".to_owned()]));
        assert_eq!(
            read(&json!({"L": [{"N": "1"}, {"S": "x"}]})),
            Ok((1_u8, "x".to_owned()))
        );
        assert_eq!(
            read(&json!({"M": {"1": {"S": "one"}}})),
            Ok(HashMap::from([(1_u32, "one".to_owned())]))
        );
        assert_eq!(
            read(&json!({"M": {"true": {"N": "1"}}})),
            Ok(BTreeMap::from([(true, 1_u8)]))
        );
        assert_eq!(
            read(&json!({"M": {"green": {"N": "1"}}})),
            Ok(BTreeMap::from([(Color::Green, 1_u8)]))
        );
        assert_eq!(read(&json!({"S": "Point"})), Ok(Shape::Point));
        assert_eq!(read(&json!({"M": {"Point": {"NULL": true}}})), Ok(Shape::Point));
        assert_eq!(read(&json!({"M": {"Circle": {"N": "1"}}})), Ok(Shape::Circle(1)));
        assert_eq!(
            read(&json!({"M": {"Line": {"L": [{"N": "1"}, {"N": "2"}]}}})),
            Ok(Shape::Line(1, 2))
        );
        assert_eq!(
            read(&json!({"M": {"Rectangle": {"M": {"width": {"N": "340282366920938463463374607431768211455"}}}}})),
            Ok(Shape::Rectangle { width: u128::MAX })
        );
        assert_eq!(
            read(&json!({"M": {"s": {"S": "x"}, "n": {"N": "0.5"}, "l": {"L": [{"BOOL": true}, {"NULL": true}]}}})),
            Ok(json!({"s": "x", "n": 0.5, "l": [true, null]}))
        );
    }

    #[test]
    fn an_attribute_that_does_not_fit_is_named_with_its_type() {
        fails::<u32>(&json!({"S": "7"}), "`a`: invalid type: a text (S), expected u32");
        fails::<String>(
            &json!({"BOOL": true}),
            "`a`: invalid type: a boolean (BOOL), expected a string",
        );
        fails::<bool>(
            &json!({"N": "1"}),
            "`a`: invalid type: a number (N), expected a boolean",
        );
        fails::<Vec<u8>>(&json!({"M": {}}), "`a`: invalid type: a map (M), expected a sequence");
        fails::<[u8; 3]>(
            &json!({"B": "AP8="}),
            "`a`: invalid length 2, expected an array of length 3",
        );
        fails::<(u8,)>(
            &json!({"NS": ["1", "2"]}),
            "`a`: invalid length 2, expected 1 element in sequence",
        );
        fails::<HashMap<u32, u8>>(
            &json!({"M": {"x": {"N": "1"}}}),
            "`a`: invalid type: a name, expected u32",
        );
        fails::<BTreeMap<String, u8>>(
            &json!({"M": {"x": {"N": "1000"}}}),
            "`a`: `x`: invalid value: a number (N) that it cannot hold, expected u8",
        );
        fails::<Shape>(
            &json!({"M": {"Circle": {"N": "1"}, "Point": {"N": "1"}}}),
            "`a`: invalid value: a map (M) without exactly one attribute, expected enum Shape",
        );
        assert!(read::<Value>(&json!({"B": "AP8="})).unwrap_err().contains("byte array"));
    }

    /// Attributes that `serde_dynamo` reads as they are: no bytes, and no numbers that it rounds.
    fn attribute() -> impl Strategy<Value = AttributeValue> {
        let leaf = prop_oneof![
            "[a-z]{0,3}".prop_map(AttributeValue::S),
            any::<i64>().prop_map(|number| AttributeValue::N(number.to_string())),
            any::<i16>().prop_map(|number| AttributeValue::N((f64::from(number) / 8.0).to_string())),
            any::<bool>().prop_map(AttributeValue::Bool),
            Just(AttributeValue::Null(true)),
            prop::collection::vec("[a-z]{1,3}", 0..3).prop_map(AttributeValue::Ss),
        ];
        leaf.prop_recursive(3, 16, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(AttributeValue::L),
                prop::collection::hash_map("[a-z]{1,3}", inner, 0..3).prop_map(AttributeValue::M),
            ]
        })
    }

    proptest! {
        #[test]
        fn integers_are_read_as_they_were_written(positive in any::<u128>(), negative in any::<i128>()) {
            prop_assert_eq!(number(&positive.to_string()), Ok(positive));
            prop_assert_eq!(number(&negative.to_string()), Ok(negative));
        }

        #[test]
        fn a_json_number_has_the_digits_of_the_attribute(text in "-?[1-9][0-9]{0,24}(\\.[0-9]{0,22}[1-9])?") {
            if let Ok(Value::Number(read)) = number::<Value>(&text) {
                let read = read.to_string();
                let is_exact = exact_double(&text).is_some_and(|double| read.parse() == Ok(double));
                prop_assert!(read == text || is_exact, "{} {}", read, text);
            } else {
                prop_assert!(exact_double(&text).is_none());
            }
        }

        #[test]
        fn what_serde_dynamo_reads_is_read_the_same(attribute in attribute()) {
            let item = Item::from(HashMap::from([("a".to_owned(), attribute)]));
            let theirs: Value = serde_dynamo::from_item(item.clone()).unwrap();
            prop_assert_eq!(from_item::<Value>(&item).unwrap(), theirs);
        }
    }
}
