//! [`CartId`]: the id of an anonymous cart, in a cookie.

use std::fmt;

use http::{HeaderMap, HeaderValue, header};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The id of a cart whose shopper is not signed in.
///
/// The id gives access to the cart, so it is random: 122 bits that cannot be guessed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct CartId(Uuid);

/// How long the cart of a shopper who is not signed in is kept: one day, in seconds.
pub(super) const ANONYMOUS_SECONDS: u64 = 24 * 60 * 60;

const COOKIE: &str = "cartId";

impl CartId {
    /// Creates an id for a new cart.
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }

    /// Returns the id in a request's cookies; an invalid id is ignored.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let cookies = headers.get_all(header::COOKIE).into_iter();
        let cookies = cookies
            .filter_map(|value| value.to_str().ok())
            .flat_map(|text| text.split(';'));
        let mut values = cookies.filter_map(|cookie| cookie.trim().strip_prefix(COOKIE)?.strip_prefix('='));
        values.find_map(|value| value.trim_matches('"').parse().ok())
    }

    /// Returns the cookie that makes the browser keep the id for as long as the cart is kept.
    pub fn cookie(self) -> Option<HeaderValue> {
        set_cookie(&self.to_string(), ANONYMOUS_SECONDS)
    }

    /// Returns the cookie that makes the browser delete the id.
    pub fn no_cookie() -> Option<HeaderValue> {
        set_cookie("", 0)
    }
}

impl std::str::FromStr for CartId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        Uuid::try_parse(text).map(Self)
    }
}

impl TryFrom<String> for CartId {
    type Error = uuid::Error;

    fn try_from(text: String) -> Result<Self, uuid::Error> {
        text.parse()
    }
}

impl From<CartId> for String {
    fn from(id: CartId) -> Self {
        id.to_string()
    }
}

impl fmt::Display for CartId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

fn set_cookie(value: &str, seconds: u64) -> Option<HeaderValue> {
    let cookie = format!("{COOKIE}={value}; Max-Age={seconds}; Path=/; HttpOnly; Secure; SameSite=Lax");
    HeaderValue::try_from(cookie).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0b7e1f6e-98c7-4a45-9c4b-3f0a4c1d2e3f";

    fn id_of(cookies: &str) -> Option<String> {
        let cookies = HeaderValue::from_str(cookies).unwrap();
        CartId::of(&HeaderMap::from_iter([(header::COOKIE, cookies)])).map(|id| id.to_string())
    }

    #[test]
    fn the_id_is_found_among_other_cookies() {
        let quoted = format!("cartId=\"{ID}\"");
        for cookies in [
            format!("cartId={ID}"),
            format!("theme=dark; cartId={ID}; lang=en"),
            format!("theme=dark;cartId={ID}"),
            format!("cartId=; cartId={ID}"),
            format!("cartId={}", ID.to_uppercase()),
            quoted,
        ] {
            assert_eq!(id_of(&cookies).as_deref(), Some(ID), "{cookies}");
        }
    }

    #[test]
    fn an_invalid_id_is_ignored() {
        for cookies in [
            "",
            "cartId",
            "cartId=",
            "cartId=user#1",
            "mycartId=0b7e1f6e-98c7-4a45-9c4b-3f0a4c1d2e3f",
            "cartId=../x",
        ] {
            assert_eq!(id_of(cookies), None, "{cookies}");
        }
        assert_eq!(CartId::of(&HeaderMap::new()), None);
    }

    #[test]
    fn scripts_and_other_sites_do_not_get_the_cookie() {
        let id: CartId = ID.parse().unwrap();
        let expected = format!("cartId={ID}; Max-Age=86400; Path=/; HttpOnly; Secure; SameSite=Lax");
        assert_eq!(id.cookie().unwrap(), expected.as_str());
        let gone = "cartId=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax";
        assert_eq!(CartId::no_cookie().unwrap(), gone);
    }

    #[test]
    fn two_carts_have_two_ids() {
        assert_ne!(CartId::random(), CartId::random());
    }
}
