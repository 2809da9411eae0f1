//! `Exact`, a deserializer that refuses numbers which JSON's reader has rounded.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};

/// The reason of an error; it does not contain the value.
pub(crate) const ROUNDED: &str = "a number has more digits than its type holds";

/// Refuses the numbers in `rounded` if a type asks for "any" form, as `serde_json::Value` does, and as types do that serde
/// buffers.
///
/// `serde_json` reads an integer of more than 64 bits, and any fraction, as the nearest `f64`. A field of type `f64` asks for
/// that, and one of type `u128` gets the integer exactly.
pub(crate) struct Exact<'a, D> {
    inner: D,
    rounded: &'a [f64],
}

impl<'a, D> Exact<'a, D> {
    pub(crate) fn new(inner: D, rounded: &'a [f64]) -> Self {
        Self { inner, rounded }
    }
}

/// Returns the numbers that `serde_json` makes of those in `json`, where the two differ.
pub(crate) fn rounded(json: &[u8]) -> Vec<f64> {
    let mut rounded = Vec::new();
    let mut rest = json;
    while let Some((first, after)) = rest.split_first() {
        rest = match first {
            b'"' => after_text(after),
            b'-' | b'0'..=b'9' => {
                let is_number = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
                let end = rest.iter().position(|byte| !is_number(byte)).unwrap_or(rest.len());
                let (number, after) = rest.split_at(end);
                rounded.extend(str::from_utf8(number).ok().and_then(rounded_number));
                after
            }
            _ => after,
        };
    }
    rounded
}

/// Returns what follows a text.
fn after_text(mut json: &[u8]) -> &[u8] {
    while let Some(end) = json.iter().position(|byte| matches!(byte, b'"' | b'\\')) {
        let is_escape = json.get(end) == Some(&b'\\');
        json = json.get(end + 1 + usize::from(is_escape)..).unwrap_or_default();
        if !is_escape {
            return json;
        }
    }
    &[]
}

/// Returns the nearest `f64` of a number, if it differs from the number.
fn rounded_number(number: &str) -> Option<f64> {
    // No two numbers with so few digits share an `f64`. Most numbers are done here.
    if number.len() <= 15 || number.parse::<u64>().is_ok() || number.parse::<i64>().is_ok() {
        return None;
    }
    let float: f64 = number.parse().ok()?;
    // Integers are compared with all their digits, fractions with the fewest that tell an `f64` from its neighbours.
    let is_integer = !number.contains(['.', 'e', 'E']);
    let read = if is_integer {
        format!("{float:.0}")
    } else {
        format!("{float:e}")
    };
    (significant(number) != significant(&read)).then_some(float)
}

/// Returns the digits of a number without zeros at its ends, and its exponent if it were written as `0.digits`.
fn significant(number: &str) -> (String, i64) {
    let number = number.trim_start_matches('-');
    let (digits, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    let leading = all.len() - all.trim_start_matches('0').len();
    let digits = all.trim_matches('0').to_owned();
    let place = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
    let exponent: i64 = exponent.parse().unwrap_or(i64::MAX);
    let exponent = exponent
        .saturating_add(place(whole.len()))
        .saturating_sub(place(leading));
    let exponent = if digits.is_empty() { 0 } else { exponent };
    (digits, exponent)
}

macro_rules! forward {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.inner.$method(visitor)
        })*
    };
}

macro_rules! watch {
    ($($method:ident($($argument:ident: $type:ty),*))*) => {
        $(fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, D::Error> {
            let rounded = self.rounded;
            self.inner.$method($($argument,)* Exact { inner: visitor, rounded })
        })*
    };
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Exact<'_, D> {
    type Error = D::Error;

    forward!(deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64
        deserialize_char deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf deserialize_unit
        deserialize_identifier deserialize_ignored_any);

    watch! {
        deserialize_any()
        deserialize_option()
        deserialize_seq()
        deserialize_map()
        deserialize_unit_struct(name: &'static str)
        deserialize_newtype_struct(name: &'static str)
        deserialize_tuple(length: usize)
        deserialize_tuple_struct(name: &'static str, length: usize)
        deserialize_struct(name: &'static str, fields: &'static [&'static str])
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
    }
}

macro_rules! visit {
    ($($method:ident: $type:ty)*) => {
        $(fn $method<E: serde::de::Error>(self, value: $type) -> Result<V::Value, E> {
            self.inner.$method(value)
        })*
    };
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Exact<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    visit!(visit_bool: bool visit_i64: i64 visit_i128: i128 visit_u64: u64 visit_u128: u128 visit_str: &str
        visit_borrowed_str: &'de str visit_string: String visit_bytes: &[u8] visit_borrowed_bytes: &'de [u8]
        visit_byte_buf: Vec<u8>);

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<V::Value, E> {
        if self.rounded.iter().any(|rounded| rounded.to_bits() == value.to_bits()) {
            return Err(E::custom(ROUNDED));
        }
        self.inner.visit_f64(value)
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.inner.visit_none()
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.inner.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.inner.visit_some(Exact::new(deserializer, self.rounded))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.inner.visit_newtype_struct(Exact::new(deserializer, self.rounded))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<V::Value, A::Error> {
        self.inner.visit_seq(Exact::new(items, self.rounded))
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<V::Value, A::Error> {
        self.inner.visit_map(Exact::new(entries, self.rounded))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, variant: A) -> Result<V::Value, A::Error> {
        self.inner.visit_enum(Exact::new(variant, self.rounded))
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Exact<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.inner.deserialize(Exact::new(deserializer, self.rounded))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Exact<'_, A> {
    type Error = A::Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, A::Error> {
        self.inner.next_element_seed(Exact::new(seed, self.rounded))
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Exact<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        self.inner.next_key_seed(seed)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, A::Error> {
        self.inner.next_value_seed(Exact::new(seed, self.rounded))
    }
}

impl<'a, 'de, A: EnumAccess<'de>> EnumAccess<'de> for Exact<'a, A> {
    type Error = A::Error;
    type Variant = Exact<'a, A::Variant>;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self::Variant), A::Error> {
        let (variant, data) = self.inner.variant_seed(seed)?;
        Ok((variant, Exact::new(data, self.rounded)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Exact<'_, A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.inner.unit_variant()
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, A::Error> {
        self.inner.newtype_variant_seed(Exact::new(seed, self.rounded))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.inner.tuple_variant(length, Exact::new(visitor, self.rounded))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.inner.struct_variant(fields, Exact::new(visitor, self.rounded))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_rounded_if_it_is_another_one() {
        for number in [
            "0",
            "-0.0",
            "1.50",
            "1e400",
            "18446744073709551615",
            "-9223372036854775808",
            "18446744073709551616",
            "0.30000000000000004",
            "123456789012345.600",
            "1.7976931348623157e308",
            "10000000000000000000000",
            "0.000000000000000000000000001",
            "5e-324",
        ] {
            // Those beyond the range are an error of serde_json.
            assert!(rounded(number.as_bytes()).is_empty(), "{number}");
        }
        for number in [
            "18446744073709551617",
            "-9223372036854775809",
            "3.14159265358979323846",
            "0.123456789012345678",
            "12345678901234567890123456789012345.678",
            "1.000000000000000000000001e5",
        ] {
            let json = format!(r#"{{"5{number}\"": [{number}, "{number}"]}}"#);
            assert_eq!(rounded(json.as_bytes()), [number.parse::<f64>().unwrap()], "{number}");
        }
        for broken in ["\"", "\"\\", "-", "1e", "--1234567890123456789", ""] {
            rounded(broken.as_bytes());
        }
    }
}
