//! [`RequestKey`]: the idempotency key of a request.

use http::HeaderMap;

use super::Refusal;

/// The header `Idempotency-Key`: a request that is repeated with the same key takes effect once, and gets the same answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestKey(String);

const HEADER: &str = "Idempotency-Key";

/// The maximum length of a key.
const MAX_LEN: usize = 128;

impl RequestKey {
    /// Returns the key of a request, if it has one.
    ///
    /// # Errors
    ///
    /// If the key does not have 1 to 128 printable ASCII characters.
    pub fn of(headers: &HeaderMap) -> Result<Option<Self>, Refusal> {
        let Some(key) = headers.get(HEADER) else {
            return Ok(None);
        };
        if let Ok(key) = key.to_str()
            && (1..=MAX_LEN).contains(&key.len())
            && key.bytes().all(|byte| byte.is_ascii_graphic())
        {
            return Ok(Some(Self(key.to_owned())));
        }
        let message = format!("{HEADER} must have 1 to {MAX_LEN} printable characters");
        Err(Refusal::BadRequest(message))
    }

    /// Returns it as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
impl From<&str> for RequestKey {
    fn from(key: &str) -> Self {
        Self(key.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_printable_and_short() {
        let of = |key: &str| {
            let value = http::HeaderValue::from_str(key).unwrap();
            RequestKey::of(&HeaderMap::from_iter([(
                http::HeaderName::from_static("idempotency-key"),
                value,
            )]))
        };
        assert_eq!(of("5f0c-1").unwrap().unwrap().as_str(), "5f0c-1");
        for bad in ["", "a b", &"x".repeat(129)] {
            assert_eq!(of(bad).unwrap_err().status(), 400, "{bad:?}");
        }
        assert_eq!(RequestKey::of(&HeaderMap::new()).unwrap(), None);
    }
}
