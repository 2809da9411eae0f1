//! Why the logger could not become the process's.

use std::error::Error;
use std::fmt;

use tracing_subscriber::util::TryInitError;

/// A `tracing` subscriber is set already.
#[derive(Debug)]
pub struct InitError(pub(crate) TryInitError);

impl fmt::Display for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a tracing subscriber is already set: add `logger.subscriber_layer()` to it instead of calling `init`",
        )
    }
}

impl Error for InitError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}
