//! [`Owner`]: the owner of a cart.

use std::fmt;

use http::HeaderValue;

use super::cart_id::{ANONYMOUS_SECONDS, CartId};

/// How long a signed-in shopper's cart is kept: seven days, in seconds.
const USER_SECONDS: u64 = 7 * ANONYMOUS_SECONDS;

/// The owner of a cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A shopper who is not signed in.
    Anonymous(CartId),
    /// A signed-in shopper.
    User(Subject),
}

/// The subject of a verified token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject(String);

/// The maximum length of a subject, from `OpenID` Connect.
const MAX_SUBJECT_LEN: usize = 255;

impl Owner {
    /// Returns the cart's key in the table.
    pub fn partition(&self) -> String {
        match self {
            Self::Anonymous(id) => format!("cart#{id}"),
            Self::User(subject) => format!("user#{subject}"),
        }
    }

    /// Returns how long the cart is kept after the last change, in seconds.
    pub fn keeps_seconds(&self) -> u64 {
        match self {
            Self::Anonymous(_) => ANONYMOUS_SECONDS,
            Self::User(_) => USER_SECONDS,
        }
    }

    /// Returns the cookie of an anonymous cart.
    pub fn cookie(&self) -> Option<HeaderValue> {
        match self {
            Self::Anonymous(id) => id.cookie(),
            Self::User(_) => None,
        }
    }
}

impl Subject {
    /// Creates a subject from a token's text; `None` if it is invalid.
    pub(super) fn new(text: String) -> Option<Self> {
        (1..=MAX_SUBJECT_LEN).contains(&text.len()).then_some(Self(text))
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(any(test, feature = "test-util"))]
impl From<&str> for Subject {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shopper_cannot_name_another_kind_of_cart() {
        let user = Owner::User("cart#1".into());
        assert_eq!(user.partition(), "user#cart#1");
        assert_eq!(user.keeps_seconds(), 604_800);
        let cart = Owner::Anonymous(CartId::random());
        assert!(cart.partition().starts_with("cart#"));
        assert_eq!(cart.keeps_seconds(), 86_400);
    }
}
