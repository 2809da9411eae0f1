//! `ManualClock`, a clock that only a test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::{Clock, TimeSource, Timestamp};

/// A clock that shows 2026-01-15T10:30:00.125Z until it is moved.
///
/// Clones are the same clock.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<State>);

#[derive(Debug)]
struct State {
    wall_nanos: AtomicU64,
    monotonic_nanos: AtomicU64,
}

impl ManualClock {
    /// Creates a clock that shows `time`.
    pub fn at(time: Timestamp) -> Self {
        let wall_nanos = AtomicU64::new(time.as_millis().saturating_mul(1_000_000));
        Self(Arc::new(State {
            wall_nanos,
            monotonic_nanos: AtomicU64::new(0),
        }))
    }

    /// Returns the handle from which the library reads the time.
    pub fn clock(&self) -> Clock {
        Clock::new(self.clone())
    }

    /// Returns the time it shows.
    pub fn timestamp(&self) -> Timestamp {
        Timestamp::from(self.now())
    }

    /// Returns the milliseconds since the Unix epoch that it will show after `duration`, which is the form of a context's
    /// deadline.
    pub fn millis_after(&self, duration: Duration) -> u64 {
        let after = Timestamp::from(self.now() + duration);
        after.as_millis()
    }

    /// Moves the wall clock and the monotonic clock forward.
    pub fn advance(&self, by: Duration) {
        self.advance_wall(by);
        self.0.monotonic_nanos.fetch_add(nanos(by), Ordering::Relaxed);
    }

    /// Moves the wall clock alone, as when an environment was frozen between two invocations.
    pub fn advance_wall(&self, by: Duration) {
        self.0.wall_nanos.fetch_add(nanos(by), Ordering::Relaxed);
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::at(Timestamp::from_millis(1_768_473_000_125))
    }
}

impl TimeSource for ManualClock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_nanos(self.0.wall_nanos.load(Ordering::Relaxed))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_nanos(self.0.monotonic_nanos.load(Ordering::Relaxed))
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
