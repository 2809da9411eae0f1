//! What a value can be had as. The types are named by [`Get`](crate::request::Get)'s methods; nobody needs to write them out.

mod auto;
mod base64;
mod custom;
mod decoding;
pub(crate) mod json;
mod plain;

pub use auto::{Auto, Decoded};
pub use base64::Base64;
pub use custom::Custom;
pub use decoding::Decode;
pub use json::Json;
pub use plain::{Bytes, SecretText, Text};
