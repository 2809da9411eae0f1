//! [`StoreError`], the error of a store.

use std::error::Error;
use std::fmt;

type BoxError = Box<dyn Error + Send + Sync>;

/// The error of a store's call.
pub struct StoreError {
    kind: Kind,
    reason: String,
    source: Option<BoxError>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Unavailable,
    Refused,
    InvalidRecord,
}

impl StoreError {
    /// Creates an error for a store that is unavailable: throttling, a fault, a timeout, a failed connection.
    ///
    /// The call may have taken effect. It is repeated if it completes or releases a record.
    pub fn unavailable(reason: impl Into<String>) -> Self {
        Self::new(Kind::Unavailable, reason)
    }

    /// Creates an error for a call that the store refuses each time, such as a missing permission. It is not repeated.
    pub fn refused(reason: impl Into<String>) -> Self {
        Self::new(Kind::Refused, reason)
    }

    /// Creates an error for a record that cannot be read: an unknown status, an attribute of another type.
    pub fn invalid_record(reason: impl Into<String>) -> Self {
        Self::new(Kind::InvalidRecord, reason)
    }

    /// Sets the underlying error, such as that of the store's client.
    #[must_use = "`with_source` returns the changed error"]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Returns whether the store is unavailable, so that a repeated call may succeed.
    pub fn is_unavailable(&self) -> bool {
        self.kind == Kind::Unavailable
    }

    /// Returns whether there is a record that cannot be read.
    pub fn is_invalid_record(&self) -> bool {
        self.kind == Kind::InvalidRecord
    }

    fn new(kind: Kind, reason: impl Into<String>) -> Self {
        Self {
            kind,
            reason: reason.into(),
            source: None,
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl fmt::Debug for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreError")
            .field("kind", &self.kind)
            .field("reason", &self.reason)
            .field("source", &self.source)
            .finish()
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
