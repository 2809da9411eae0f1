//! [`MissingKeyPolicy`] and [`StoreFailurePolicy`], what happens if work cannot be protected.

/// What happens if the key of a request is [missing](crate::Key).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MissingKeyPolicy {
    /// An error; the work is not called.
    #[default]
    Error,
    /// The work is called without protection, with one warning.
    Run,
}

/// What happens if the store fails before the work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreFailurePolicy {
    /// An error; the work is not called.
    #[default]
    Error,
    /// The work is called without protection, with one warning. Records that cannot be read are still an error.
    Run,
}
