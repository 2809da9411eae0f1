//! What an annotation can hold.

use std::borrow::Cow;

/// The value of an annotation: a text, a number or a boolean.
///
/// X-Ray indexes annotations and takes nothing else there; everything else is [`metadata`](crate::metadata).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum AnnotationValue<'a> {
    /// A text.
    Text(Cow<'a, str>),
    /// A whole number.
    Integer(i64),
    /// A whole number above `i64::MAX`, or any unsigned one.
    Unsigned(u64),
    /// A number with a fraction; infinities and NaN are refused.
    Float(f64),
    /// A boolean.
    Bool(bool),
}

macro_rules! from {
    ($($variant:ident($target:ty): $($source:ty)+;)+) => {$($(
        impl From<$source> for AnnotationValue<'_> {
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

impl From<usize> for AnnotationValue<'_> {
    fn from(value: usize) -> Self {
        Self::Unsigned(u64::try_from(value).unwrap_or(u64::MAX))
    }
}

impl<'a> From<&'a str> for AnnotationValue<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(Cow::Borrowed(value))
    }
}

impl<'a> From<&'a String> for AnnotationValue<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(Cow::Borrowed(value))
    }
}

impl<'a> From<Cow<'a, str>> for AnnotationValue<'a> {
    fn from(value: Cow<'a, str>) -> Self {
        Self::Text(value)
    }
}
