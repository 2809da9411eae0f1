//! `SkewedClock`, the clock of an environment: the simulated time, and a skew that steps.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use powertools_lambda_core::TimeSource;
use tokio::time::Instant;

/// The simulated time at the start of a schedule, in milliseconds since the Unix epoch.
pub(super) const START: u64 = 1_768_473_000_125;

/// The true time of a schedule.
#[derive(Clone, Copy, Debug)]
pub(super) struct Time(pub(super) Instant);

impl Time {
    /// Returns the milliseconds since the Unix epoch.
    pub(super) fn now(self) -> u64 {
        let elapsed = Instant::now().duration_since(self.0);
        START + u64::try_from(elapsed.as_millis()).unwrap()
    }
}

#[derive(Clone, Debug)]
pub(super) struct SkewedClock {
    pub(super) time: Time,
    /// In milliseconds.
    pub(super) skew: Arc<AtomicI64>,
}

impl TimeSource for SkewedClock {
    fn now(&self) -> SystemTime {
        let now = self.time.now().saturating_add_signed(self.skew.load(Ordering::Relaxed));
        UNIX_EPOCH + Duration::from_millis(now)
    }

    fn monotonic(&self) -> Duration {
        Instant::now().duration_since(self.time.0)
    }
}
