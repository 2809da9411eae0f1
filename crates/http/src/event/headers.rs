//! [`Headers`], the headers of an event.

use std::borrow::Cow;
use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Headers with one value or a list of values each. A header that `http` refuses is left out, and its name is kept.
#[derive(Default)]
pub(super) struct Headers {
    map: Option<HeaderMap>,
    refused: Vec<String>,
}

impl Headers {
    /// Returns whether the event has no such field.
    pub(super) fn is_absent(&self) -> bool {
        self.map.is_none()
    }

    /// Returns whether the event has no headers, not even refused ones.
    pub(super) fn is_empty(&self) -> bool {
        self.map.as_ref().is_none_or(HeaderMap::is_empty) && self.refused.is_empty()
    }

    /// Returns the headers, and the names of those that were refused.
    pub(super) fn into_parts(self) -> (HeaderMap, Vec<String>) {
        (self.map.unwrap_or_default(), self.refused)
    }
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Map)
    }
}

struct Map;

impl<'de> Visitor<'de> for Map {
    type Value = Headers;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("headers")
    }

    fn visit_unit<E>(self) -> Result<Headers, E> {
        Ok(Headers::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Headers, A::Error> {
        let mut headers = HeaderMap::with_capacity(16);
        let mut refused = Vec::new();
        while let Some(name) = map.next_key::<Text<'de>>()? {
            let values = map.next_value::<Values<'de>>()?;
            let parsed = HeaderName::from_bytes(name.0.as_bytes());
            let mut is_refused = parsed.is_err();
            if let Ok(parsed) = parsed {
                values.each(|value| match HeaderValue::from_bytes(value.as_bytes()) {
                    Ok(value) => {
                        // Refused only if there are too many headers: 32,768.
                        is_refused |= headers.try_append(&parsed, value).is_err();
                    }
                    Err(_) => is_refused = true,
                });
            }
            if is_refused {
                refused.push(name.0.into_owned());
            }
        }
        Ok(Headers {
            map: Some(headers),
            refused,
        })
    }
}

/// A text that is borrowed if it has no escapes.
struct Text<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}

/// The values of a name: one, several, or none (`null`).
pub(super) enum Values<'de> {
    One(Cow<'de, str>),
    Several(Vec<String>),
}

impl Values<'_> {
    pub(super) fn each(&self, mut f: impl FnMut(&str)) {
        match self {
            Self::One(value) => f(value),
            Self::Several(values) => values.iter().for_each(|value| f(value)),
        }
    }
}

impl<'de> Deserialize<'de> for Values<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValuesVisitor;
        impl<'de> Visitor<'de> for ValuesVisitor {
            type Value = Values<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value or a list of values")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Values<'de>, E> {
                Ok(Values::One(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Values<'de>, E> {
                Ok(Values::One(Cow::Owned(text.to_owned())))
            }

            fn visit_unit<E>(self) -> Result<Values<'de>, E> {
                Ok(Values::Several(Vec::new()))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Values<'de>, E> {
                Ok(Values::One(Cow::Owned(value.to_string())))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Values<'de>, E> {
                Ok(Values::One(Cow::Owned(value.to_string())))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Values<'de>, E> {
                Ok(Values::One(Cow::Owned(value.to_string())))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Values<'de>, E> {
                Ok(Values::One(Cow::Owned(value.to_string())))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Values<'de>, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = list.next_element::<Option<String>>()? {
                    values.extend(value);
                }
                Ok(Values::Several(values))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Values<'de>, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Values::Several(Vec::new()))
            }
        }
        deserializer.deserialize_any(ValuesVisitor)
    }
}
