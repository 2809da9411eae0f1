//! `Text`, `SecretText` and `Bytes`, which return the value without decoding it.

use std::sync::Arc;

use super::decoding::{Decode, Sealed};
use crate::{DecodeError, Secret, Value};

/// Returns text as `Arc<str>`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Text;

impl Sealed for Text {}

impl Decode for Text {
    type Output = Arc<str>;

    fn decode(&self, _name: &str, value: &Value) -> Result<Arc<str>, DecodeError> {
        value.as_str().map(Arc::from)
    }
}

/// Returns text as a [`Secret`], which shares the cache's copy.
#[derive(Clone, Copy, Debug, Default)]
pub struct SecretText;

impl Sealed for SecretText {}

impl Decode for SecretText {
    type Output = Secret;

    fn decode(&self, _name: &str, value: &Value) -> Result<Secret, DecodeError> {
        value.to_secret()
    }
}

/// Returns the bytes as [`bytes::Bytes`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Bytes;

impl Sealed for Bytes {}

impl Decode for Bytes {
    type Output = bytes::Bytes;

    fn decode(&self, _name: &str, value: &Value) -> Result<bytes::Bytes, DecodeError> {
        Ok(bytes::Bytes::copy_from_slice(value.as_bytes()))
    }
}
