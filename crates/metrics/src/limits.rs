//! What CloudWatch and the format allow in more than one place.

/// CloudWatch takes 30 dimensions in a set.
pub(crate) const MAX_DIMENSIONS: usize = 30;

/// Members of the root to which the format or Lambda gives a meaning.
pub(crate) const RESERVED: [&str; 3] = ["_aws", "level", "timestamp"];

/// Returns whether a member of this name would be taken for one of the format's.
pub(crate) fn is_reserved(key: &str) -> bool {
    RESERVED.contains(&key)
}
