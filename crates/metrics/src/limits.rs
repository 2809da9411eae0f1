//! The limits of CloudWatch and of the format that several files need.

/// The maximum number of dimensions of a set in CloudWatch.
pub(crate) const MAX_DIMENSIONS: usize = 30;

/// The members of the root that have a meaning for the format or for Lambda.
pub(crate) const RESERVED: [&str; 3] = ["_aws", "level", "timestamp"];

/// The characters that dimensions can have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Charset {
    /// Those that CloudWatch documents; a dimension with others is left out.
    #[default]
    Ascii,
    /// All, because the user wants them written.
    Unicode,
}

/// Returns whether a member with this name would have a meaning for the format or for Lambda.
pub(crate) fn is_reserved(key: &str) -> bool {
    RESERVED.contains(&key)
}
