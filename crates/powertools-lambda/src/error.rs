//! What can go wrong before the first invocation.

use std::error::Error;
use std::fmt;

/// The toolkit could not be set up: somebody else had set the process's `tracing` subscriber.
///
/// Then compose: `registry().with(powertools.subscriber_layer()).with(yours).init()` instead of `init()`.
#[derive(Debug)]
pub struct InitError {
    source: Box<dyn Error + Send + Sync>,
}

impl InitError {
    #[cfg(any(feature = "logger", feature = "tracer"))]
    pub(crate) fn subscriber_set(error: tracing_subscriber::util::TryInitError) -> Self {
        Self {
            source: Box::new(error),
        }
    }
}

impl fmt::Display for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a tracing subscriber is already set: add `powertools.subscriber_layer()` to it instead of calling `init`",
        )
    }
}

impl Error for InitError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.source.as_ref())
    }
}
