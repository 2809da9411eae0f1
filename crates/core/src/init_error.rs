//! [`InitError`], the error of setting up a utility.

use std::error::Error;
use std::fmt;

/// A utility could not be set up: the process already has a `tracing` subscriber or a recorder of the `metrics` facade, so ours was not
/// installed, or a builder has settings that exclude each other or are invalid.
///
/// Both `Display` and `Debug` print what to do instead, because an error that `main` returns is printed with `Debug`.
pub struct InitError {
    message: &'static str,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl InitError {
    /// Creates an error; `message` should say what is wrong and what to do instead.
    pub fn new(message: &'static str) -> Self {
        Self { message, source: None }
    }

    /// Sets the underlying error as the [`source`](Error::source).
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)
    }
}

impl fmt::Debug for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InitError({:?})", self.message)
    }
}

impl Error for InitError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
