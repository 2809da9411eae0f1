//! `Secret`, a value that is never printed, and overwritten when its last handle is dropped.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer};
use zeroize::{Zeroize, Zeroizing};

/// A value that is never printed, and whose memory is overwritten when its last handle is dropped.
///
/// It is cheap to clone: clones share the value, and so does the cache. It deliberately has no `Display`, no `Serialize`
/// and no comparison, and its `Debug` is `Secret(..)`. It implements `Deserialize`, so a field of a configuration can be a
/// `Secret`.
///
/// The buffers in which the AWS SDK received and parsed the response are not overwritten, nor are copies that you make of the
/// value that [`expose`](Self::expose) returns.
///
/// ```
/// use powertools_lambda_parameters::Secret;
///
/// #[derive(Debug, serde::Deserialize)]
/// struct Credentials {
///     user: String,
///     password: Secret,
/// }
///
/// let credentials: Credentials = serde_json::from_str(r#"{"user": "shop", "password": "hunter2"}"#).unwrap();
/// assert_eq!(credentials.password.expose(), "hunter2");
/// assert_eq!(format!("{credentials:?}"), r#"Credentials { user: "shop", password: Secret(..) }"#);
/// ```
pub struct Secret<T: Zeroize = String>(Arc<Zeroizing<T>>);

impl<T: Zeroize> Secret<T> {
    /// Creates a secret. `value` is moved, not copied.
    pub fn new(value: T) -> Self {
        Self(Arc::new(Zeroizing::new(value)))
    }

    /// Returns the value. Do not log it, and keep copies short-lived.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> Clone for Secret<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Zeroize> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self::new(value.to_owned())
    }
}

impl<'de, T: Deserialize<'de> + Zeroize> Deserialize<'de> for Secret<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::new)
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    struct Counted<'a>(&'a AtomicUsize);

    impl Zeroize for Counted<'_> {
        fn zeroize(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn the_last_handle_overwrites_the_value_once() {
        let overwritten = AtomicUsize::new(0);
        let secret = Secret::new(Counted(&overwritten));
        let clone = secret.clone();
        drop(secret);
        assert_eq!(overwritten.load(Ordering::Relaxed), 0);
        drop(clone);
        assert_eq!(overwritten.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn debug_shows_nothing_of_it() {
        assert_eq!(format!("{:?}", Secret::from("hunter2")), "Secret(..)");
        assert_eq!(format!("{:#?}", Secret::new(b"hunter2".to_vec())), "Secret(..)");
    }
}
