//! [`Key`], the data by which two requests are recognised as the same one.

use std::fmt;

use serde::Serialize;

use super::key_hash::KeyHash;
use super::node::{NULL, Node};
use super::pointer::Pointers;
use crate::errors::KeyError;

/// The data by which two requests are recognised as the same one, and optionally the data that both must have.
///
/// Made from any value that serialises as JSON: an id, a tuple of several fields, a whole event. Only a hash is stored.
///
/// A key is *missing* if it is null, an empty text, list or object, or a list or an object of nulls. `0` and `false` are
/// keys. See [`MissingKeyPolicy`](crate::MissingKeyPolicy) for what happens then.
///
/// ```
/// use powertools_lambda_idempotency::Key;
///
/// # #[derive(serde::Serialize)] struct Order { id: String, tenant: String, amount: u32 }
/// # let order = Order { id: "o-7".into(), tenant: "acme".into(), amount: 10 };
/// let key = Key::new(&order.id);
/// let key = Key::new(&(&order.tenant, &order.id));
/// // A request with the same id and another amount is an error:
/// let key = Key::new(&order.id).payload(&order.amount);
/// ```
#[derive(Clone)]
#[must_use = "pass the key to `Idempotency::run` or return it from the closure of a layer"]
pub struct Key {
    key: Json,
    payload: Option<Json>,
}

/// JSON text, or why the value has no JSON.
type Json = Result<Vec<u8>, KeyError>;

/// The hashes of a key that is not missing.
#[derive(Debug)]
pub(crate) struct Hashes {
    pub(crate) key: String,
    pub(crate) payload: Option<String>,
}

impl Key {
    /// Creates a key from a value.
    ///
    /// If the value cannot be written as JSON, the execution fails before its work is called.
    pub fn new<T: Serialize + ?Sized>(value: &T) -> Self {
        Self {
            key: to_json(value),
            payload: None,
        }
    }

    /// Sets the data that must be the same in each request with this key, such as the amount of a payment.
    ///
    /// Its hash is recorded. A later request with other data is an error, see
    /// [`IdempotencyError::is_payload_mismatch`](crate::IdempotencyError::is_payload_mismatch); its work is not called.
    /// Default: not compared.
    pub fn payload<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        self.payload = Some(to_json(value));
        self
    }

    /// Creates a key from parts of a JSON document; see [`PointerLayer`](crate::PointerLayer).
    pub(crate) fn of_document(document: &str, key: &Pointers, payload: Option<&Pointers>) -> Self {
        let select = |pointers: &Pointers| pointers.select(document.as_bytes());
        let missing = || NULL.into();
        let not_json =
            || KeyError::unreadable("a pointer to the payload leads into a text that is not a JSON object or list");
        Self {
            key: select(key).map(|key| key.unwrap_or_else(missing)),
            payload: payload.map(|payload| select(payload)?.ok_or_else(not_json)),
        }
    }

    /// Returns the hashes, or `None` if the key is missing.
    pub(crate) fn hashes(&self, hash: KeyHash) -> Result<Option<Hashes>, KeyError> {
        let json = self.key.as_ref().map_err(Clone::clone)?;
        let key = Node::read(json)?;
        if key.is_missing() {
            return Ok(None);
        }
        let payload = self.payload.as_ref().map(|payload| {
            let json = payload.as_ref().map_err(Clone::clone)?;
            hash.of(&Node::read(json)?, json.len())
        });
        Ok(Some(Hashes {
            key: hash.of(&key, json.len())?,
            payload: payload.transpose()?,
        }))
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Key {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

impl From<&String> for Key {
    fn from(text: &String) -> Self {
        Self::new(text)
    }
}

impl From<u64> for Key {
    fn from(number: u64) -> Self {
        Self::new(&number)
    }
}

impl fmt::Debug for Key {
    /// Leaves the data out, because it may be personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").finish_non_exhaustive()
    }
}

fn to_json<T: Serialize + ?Sized>(value: &T) -> Json {
    serde_json::to_vec(value).map_err(|error| KeyError::not_json(&error))
}
