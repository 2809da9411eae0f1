//! [`Clock`], the only place that reads the time.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use crate::Timestamp;

/// A source of wall-clock and monotonic time.
///
/// Implementations must not panic and should be cheap, because every record reads the wall clock once. A test double
/// should move only when the test moves it; the feature `test-util` has one, `test_util::ManualClock`.
pub trait TimeSource: Send + Sync {
    /// Returns the wall-clock time.
    fn now(&self) -> SystemTime;

    /// Returns the time since an arbitrary fixed point; never goes backwards.
    fn monotonic(&self) -> Duration;
}

/// Reads the time from the system or from an injected [`TimeSource`].
///
/// Clones share the source.
#[derive(Clone, Default)]
pub struct Clock(Option<Arc<dyn TimeSource>>);

impl Clock {
    /// Creates a clock that reads the system's time.
    pub const fn system() -> Self {
        Self(None)
    }

    /// Creates a clock that reads `source`.
    pub fn new(source: impl TimeSource + 'static) -> Self {
        Self(Some(Arc::new(source)))
    }

    /// Returns whether this is the system's clock.
    pub(crate) const fn is_system(&self) -> bool {
        self.0.is_none()
    }

    /// Returns the wall-clock time.
    #[allow(clippy::disallowed_methods)] // the one allowed `now()`
    pub fn now(&self) -> SystemTime {
        match &self.0 {
            None => SystemTime::now(),
            Some(source) => source.now(),
        }
    }

    /// Returns the wall-clock time as a [`Timestamp`].
    pub fn timestamp(&self) -> Timestamp {
        Timestamp::from(self.now())
    }

    /// Returns the time since an arbitrary fixed point; never goes backwards.
    #[allow(clippy::disallowed_methods)] // the one allowed `now()`
    pub fn monotonic(&self) -> Duration {
        static ANCHOR: OnceLock<Instant> = OnceLock::new();
        match &self.0 {
            None => ANCHOR.get_or_init(Instant::now).elapsed(),
            Some(source) => source.monotonic(),
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "Clock(injected)"
        } else {
            "Clock(system)"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_monotonic_clock_does_not_go_backwards() {
        let clock = Clock::system();
        let earlier = clock.monotonic();
        assert!(clock.monotonic() >= earlier);
    }
}
