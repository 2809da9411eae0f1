//! The trait of everything that a value can be decoded as.

use crate::{DecodeError, Value};

/// What a value can be had as. Sealed: a decoding of your own is a function for
/// [`Get::transform`](crate::request::Get::transform).
pub trait Decode: Sealed + Clone + Send + Sync + 'static {
    /// What comes out; it is kept beside the value, and cloned for each caller.
    type Output: Clone + Send + Sync + 'static;

    /// Whether what comes out is kept.
    #[doc(hidden)]
    const KEPT: bool = true;

    #[doc(hidden)]
    fn decode(&self, name: &str, value: &Value) -> Result<Self::Output, DecodeError>;
}

/// Keeps [`Decode`] to the decodings of this crate.
pub trait Sealed {}
