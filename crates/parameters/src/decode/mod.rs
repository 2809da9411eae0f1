//! The forms of a value. The methods of [`Get`](crate::request::Get) set them; you rarely write these types.

mod auto;
mod base64;
mod custom;
mod decoding;
pub(crate) mod exact;
pub(crate) mod json;
mod plain;

pub use auto::{Auto, Decoded};
pub use base64::Base64;
pub use custom::Custom;
pub use decoding::Decode;
pub use json::Json;
pub use plain::{Bytes, SecretText, Text};
