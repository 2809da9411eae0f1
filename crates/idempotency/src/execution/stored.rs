//! [`Stored`], a key as it is stored.

pub(super) struct Stored {
    pub(super) key: String,
    pub(super) payload_hash: Option<String>,
}
