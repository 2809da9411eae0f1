//! The limits on the keys of an invocation, a scope and the process.

use crate::record::Fields;

/// The maximum number of keys.
const MAX_KEYS: usize = 128;

/// The maximum number of bytes that they take in a record.
const MAX_BYTES: usize = 64 * 1_024;

/// Adds the keys that fit within the limits.
pub(super) fn add(keys: &mut Fields, more: &Fields) {
    for (key, bytes) in more.items_from(0) {
        let replaced = keys.value(key).map_or(0, <[u8]>::len);
        let fits = keys.byte_len() - replaced + bytes.len() <= MAX_BYTES && (keys.len() < MAX_KEYS || replaced > 0);
        if fits {
            keys.extend(std::iter::once((key, bytes)));
        }
    }
}
