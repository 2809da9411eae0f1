//! What a value can be had as. The types are named by [`Get`](crate::Get)'s methods; nobody needs to write them out.

mod auto;
mod base64;
mod custom;
pub(crate) mod json;
mod plain;

pub use auto::{Auto, Decoded};
pub use base64::Base64;
pub use custom::Custom;
pub use json::Json;
pub use plain::{Bytes, SecretText, Text};

use crate::{TransformError, Value};

/// What a value can be had as. Sealed: a decoding of one's own is a function for
/// [`Get::transform`](crate::Get::transform).
pub trait Decode: sealed::Sealed + Clone + Send + Sync + 'static {
    /// What comes out; it is kept beside the value, and cloned for each caller.
    type Output: Clone + Send + Sync + 'static;

    /// Whether what comes out is kept.
    #[doc(hidden)]
    const KEPT: bool = true;

    #[doc(hidden)]
    fn decode(&self, name: &str, value: &Value) -> Result<Self::Output, TransformError>;
}

mod sealed {
    pub trait Sealed {}

    impl Sealed for super::Auto {}
    impl Sealed for super::Base64 {}
    impl Sealed for super::Bytes {}
    impl Sealed for super::SecretText {}
    impl Sealed for super::Text {}
    impl<T> Sealed for super::Json<T> {}
    impl<F> Sealed for super::Custom<F> {}
}
