//! `decode_base64`, for keys, values, data and attributes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::DecodeError;

/// Decodes Base64, and names `what` in the error.
pub(crate) fn decode_base64(encoded: &str, what: &str) -> Result<Vec<u8>, DecodeError> {
    let decoded = STANDARD.decode(encoded);
    decoded.map_err(|error| DecodeError::new(format!("the record's {what} is not valid Base64")).with_source(error))
}
