//! How many keys an invocation, a scope or the process may have.

use crate::record::Fields;

/// How many keys there may be.
const MAX_KEYS: usize = 128;

/// How many bytes they may take in a record.
const MAX_BYTES: usize = 64 * 1_024;

/// Adds keys as far as the bounds allow.
pub(super) fn add(keys: &mut Fields, more: &Fields) {
    for (key, bytes) in more.items_from(0) {
        let replaced = keys.value(key).map_or(0, <[u8]>::len);
        let fits = keys.byte_len() - replaced + bytes.len() <= MAX_BYTES && (keys.len() < MAX_KEYS || replaced > 0);
        if fits {
            keys.extend(std::iter::once((key, bytes)));
        }
    }
}
