//! [`BookingId`]: follows from the traveller and the idempotency key.

use std::fmt;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The id of a booking. It is also the name of its saga and the key of its payment.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct BookingId(String);

impl BookingId {
    /// Returns the id of the booking that a traveller requests with an idempotency key.
    ///
    /// A repeated request has the same id, so everything that it starts is started once, without a record of the request. It
    /// cannot be guessed if the key cannot be.
    pub fn of(traveller: &str, key: &str) -> Self {
        let hash = Sha256::digest(format!("{}:{traveller}:{key}", traveller.len()));
        let mut id = String::with_capacity(32);
        for byte in &hash[..16] {
            let _ = write!(id, "{byte:02x}"); // a String never fails
        }
        Self(id)
    }

    /// Reads an id, if it is one.
    pub fn parse(text: &str) -> Option<Self> {
        let is_id = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_id.then(|| Self(text.to_owned()))
    }

    /// Returns the id's text: 32 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BookingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_request_has_the_same_id_and_no_other_has_it() {
        let id = BookingId::of("ann", "1");
        assert_eq!(id, BookingId::of("ann", "1"));
        assert_eq!(BookingId::parse(id.as_str()), Some(id.clone()));
        for (traveller, key) in [("ann", "2"), ("bob", "1"), ("ann:1", ""), ("an", "n:1")] {
            assert_ne!(id, BookingId::of(traveller, key), "{traveller} {key}");
        }
    }

    #[test]
    fn other_texts_are_no_ids() {
        for text in ["", "0", &"0".repeat(33), &"G".repeat(32), &"A".repeat(32)] {
            assert_eq!(BookingId::parse(text), None, "{text}");
        }
    }
}
