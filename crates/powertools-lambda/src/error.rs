//! What can go wrong before the first invocation.

use std::error::Error;
use std::fmt;

/// The toolkit could not be set up.
#[derive(Debug)]
pub struct InitError(Kind);

#[derive(Debug)]
pub(crate) enum Kind {
    #[cfg(any(feature = "logger", feature = "tracer"))]
    SubscriberSet(tracing_subscriber::util::TryInitError),
    #[allow(dead_code)] // no utility of this set of features can fail
    Utility(Box<dyn Error + Send + Sync>),
}

impl InitError {
    pub(crate) fn new(kind: Kind) -> Self {
        Self(kind)
    }

    /// Returns whether somebody else had set the process's `tracing` subscriber.
    ///
    /// Then compose: `registry().with(powertools.subscriber_layer()).with(yours).init()` instead of `init()`.
    pub fn is_subscriber_set(&self) -> bool {
        #[cfg(any(feature = "logger", feature = "tracer"))]
        return matches!(self.0, Kind::SubscriberSet(_));
        #[cfg(not(any(feature = "logger", feature = "tracer")))]
        false
    }
}

impl fmt::Display for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            #[cfg(any(feature = "logger", feature = "tracer"))]
            Kind::SubscriberSet(_) => f.write_str(
                "a tracing subscriber is already set: add `powertools.subscriber_layer()` to it instead of calling `init`",
            ),
            Kind::Utility(_) => f.write_str("a utility could not be built"),
        }
    }
}

impl Error for InitError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            #[cfg(any(feature = "logger", feature = "tracer"))]
            Kind::SubscriberSet(error) => Some(error),
            Kind::Utility(error) => Some(error.as_ref()),
        }
    }
}
