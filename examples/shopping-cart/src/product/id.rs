//! [`ProductId`]: the id of a product.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The maximum length of an id.
const MAX_LEN: usize = 64;

/// The id of a product: letters, digits, `-` and `_`, so that it can be used in a path and in a key without escaping.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProductId(String);

/// A text that is not a product's id.
#[derive(Debug, thiserror::Error)]
#[error("a product id must have 1 to 64 letters, digits, hyphens and underscores")]
pub struct InvalidProductId;

impl ProductId {
    /// Returns it as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProductId {
    type Err = InvalidProductId;

    fn from_str(text: &str) -> Result<Self, InvalidProductId> {
        text.to_owned().try_into()
    }
}

impl TryFrom<String> for ProductId {
    type Error = InvalidProductId;

    fn try_from(text: String) -> Result<Self, InvalidProductId> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if (1..=MAX_LEN).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text))
        } else {
            Err(InvalidProductId)
        }
    }
}

impl From<ProductId> for String {
    fn from(id: ProductId) -> Self {
        id.0
    }
}

impl fmt::Display for ProductId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_valid_in_a_path_and_in_a_key() {
        assert_eq!("green-tea_2".parse::<ProductId>().unwrap().as_str(), "green-tea_2");
        for bad in ["", "a/b", "a#b", "a b", "tee\u{e4}", "..", "%2e", &"x".repeat(65)] {
            assert!(bad.parse::<ProductId>().is_err(), "{bad:?}");
            assert!(serde_json::from_value::<ProductId>(bad.into()).is_err(), "{bad:?}");
        }
    }
}
