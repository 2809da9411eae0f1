//! [`Value`], which one utility passes to others.

use std::borrow::Cow;

use crate::json;

/// A text, a number or a boolean: the values that log keys and annotations can both hold.
///
/// ```
/// use powertools_lambda_core::Value;
///
/// assert_eq!(Value::from("acme"), Value::Text("acme".into()));
/// assert_eq!(Value::from(7_u32), Value::Unsigned(7));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// A text.
    Text(Cow<'a, str>),
    /// A signed whole number.
    Integer(i64),
    /// An unsigned whole number.
    Unsigned(u64),
    /// A floating-point number. JSON has neither infinities nor NaN: utilities leave them out or write `null`.
    Float(f64),
    /// A boolean.
    Bool(bool),
}

macro_rules! from {
    ($($variant:ident($target:ty): $($source:ty)+;)+) => {$($(
        impl From<$source> for Value<'_> {
            fn from(value: $source) -> Self {
                Self::$variant(<$target>::from(value))
            }
        }
    )+)+};
}

from! {
    Integer(i64): i8 i16 i32 i64;
    Unsigned(u64): u8 u16 u32 u64;
    Float(f64): f32 f64;
    Bool(bool): bool;
    Text(Cow<'_, str>): String;
}

impl From<usize> for Value<'_> {
    fn from(value: usize) -> Self {
        Self::Unsigned(u64::try_from(value).unwrap_or(u64::MAX))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(Cow::Borrowed(value))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(Cow::Borrowed(value))
    }
}

impl<'a> From<Cow<'a, str>> for Value<'a> {
    fn from(value: Cow<'a, str>) -> Self {
        Self::Text(value)
    }
}

impl Value<'_> {
    /// Appends the value as JSON; infinities and NaN become `null`.
    pub fn write_json(&self, buffer: &mut Vec<u8>) {
        match self {
            Self::Text(text) => json::write_str(buffer, text),
            Self::Integer(number) => json::write_i64(buffer, *number),
            Self::Unsigned(number) => json::write_u64(buffer, *number),
            Self::Float(number) => json::write_f64(buffer, *number),
            Self::Bool(flag) => buffer.extend_from_slice(if *flag { b"true" } else { b"false" }),
        }
    }
}
