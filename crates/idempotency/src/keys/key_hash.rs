//! [`KeyHash`], how a key becomes the text that is stored.

use md5::Md5;
use sha2::{Digest, Sha256};

use super::form;
use super::node::Node;
use crate::errors::KeyError;

/// How a key becomes the text that is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyHash {
    /// SHA-256 of compact JSON with sorted names, in hexadecimal.
    #[default]
    Sha256,
    /// The MD5 hash that Powertools for Python computes by default, for a function that takes over from one in Python.
    ///
    /// A key that Python writes in a way that cannot be reproduced is an error: a text with half of a surrogate pair, and an
    /// integer of more than 4,300 digits. The values of a Rust type must be those of the event: a field that is an `f64` here
    /// and an integer in the event has another hash (`1.0` and `1` are two keys in Python). Keys from
    /// [pointers](crate::PointerLayer) into the raw event have no such difference.
    PythonMd5,
    /// The same with `hash_function="sha256"`.
    PythonSha256,
}

impl KeyHash {
    pub(super) fn of(self, node: &Node<'_>) -> Result<String, KeyError> {
        let mut json = Vec::new();
        match self {
            Self::Sha256 => form::write_compact(&mut json, node),
            Self::PythonMd5 | Self::PythonSha256 => form::write_python(&mut json, node)?,
        }
        Ok(match self {
            Self::Sha256 | Self::PythonSha256 => hexadecimal(&Sha256::digest(&json)),
            Self::PythonMd5 => hexadecimal(&Md5::digest(&json)),
        })
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}
