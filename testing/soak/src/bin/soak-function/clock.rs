//! [`JumpingClock`], a wall clock that events move.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use powertools_lambda::core::{Clock, TimeSource};

/// The system's clock, moved by some milliseconds. Clones are the same clock.
#[derive(Clone, Default)]
pub(crate) struct JumpingClock(Arc<AtomicI64>);

impl JumpingClock {
    /// Returns the clock as the toolkit takes it.
    pub(crate) fn clock(&self) -> Clock {
        Clock::new(self.clone())
    }

    /// Sets how far the wall clock is from the system's, in milliseconds.
    pub(crate) fn jump(&self, millis: i64) {
        self.0.store(millis, Ordering::Relaxed);
    }
}

impl TimeSource for JumpingClock {
    fn now(&self) -> SystemTime {
        let millis = self.0.load(Ordering::Relaxed);
        let by = Duration::from_millis(millis.unsigned_abs());
        if millis < 0 {
            SystemTime::now() - by
        } else {
            SystemTime::now() + by
        }
    }

    fn monotonic(&self) -> Duration {
        Clock::system().monotonic()
    }
}
