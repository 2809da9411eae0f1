//! [`Pairs`], the parameters of a query.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use super::headers::Values;

/// The parameters of a query in the order of the event, each with one or several values.
#[derive(Default)]
pub(super) struct Pairs(Vec<(String, String)>);

impl Pairs {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }
}

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map;
        impl<'de> Visitor<'de> for Map {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("parameters")
            }

            fn visit_unit<E>(self) -> Result<Pairs, E> {
                Ok(Pairs::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some((name, values)) = map.next_entry::<String, Values<'de>>()? {
                    values.each(|value| pairs.push((name.clone(), value.to_owned())));
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_any(Map)
    }
}
