//! `Stamp`, a time on two clocks, and `Ages`, how old an answer may be.

use std::time::{Duration, SystemTime};

use powertools_lambda_core::Clock;

/// A time on the wall clock and on the monotonic clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp {
    wall: SystemTime,
    monotonic: Duration,
}

impl Stamp {
    pub(crate) fn now(clock: &Clock) -> Self {
        Self {
            wall: clock.now(),
            monotonic: clock.monotonic(),
        }
    }

    /// Returns the time since then, by the clock that shows more.
    ///
    /// The monotonic clock stops while an environment is frozen between two invocations, and the wall clock can be set
    /// back. With both, neither makes an answer look younger than it is.
    pub(crate) fn age(self, clock: &Clock) -> Duration {
        let wall = clock.now().duration_since(self.wall).unwrap_or_default();
        wall.max(clock.monotonic().saturating_sub(self.monotonic))
    }
}

/// How old an answer may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ages {
    pub(crate) max_age: Duration,
    pub(crate) stale_while_revalidate: Duration,
    pub(crate) stale_if_error: Duration,
    pub(crate) failure_age: Duration,
}

impl Ages {
    /// Returns the age up to which an answer can be used in any case, also if the store is unavailable.
    pub(crate) fn last_resort(&self) -> Duration {
        let stale = self.stale_while_revalidate.max(self.stale_if_error);
        self.max_age.saturating_add(stale)
    }

    /// Returns whether only the requests that waited for an answer can use it.
    pub(crate) fn keeps_nothing(&self) -> bool {
        self.last_resort().is_zero()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::UNIX_EPOCH;

    use powertools_lambda_core::TimeSource;

    use super::*;

    #[derive(Clone, Default)]
    struct TwoClocks(Arc<Mutex<(u64, u64)>>);

    impl TimeSource for TwoClocks {
        fn now(&self) -> SystemTime {
            UNIX_EPOCH + Duration::from_secs(self.0.lock().unwrap().0)
        }

        fn monotonic(&self) -> Duration {
            Duration::from_secs(self.0.lock().unwrap().1)
        }
    }

    #[test]
    fn the_age_is_that_of_the_clock_that_shows_more() {
        let clocks = TwoClocks::default();
        let clock = Clock::new(clocks.clone());
        *clocks.0.lock().unwrap() = (1_000, 50);
        let stamp = Stamp::now(&clock);
        for (wall, monotonic, age) in [
            (1_000, 50, 0),
            (1_003, 53, 3),
            (1_600, 51, 600), // frozen for ten minutes
            (400, 57, 7),     // set back by ten minutes
            (400, 50, 0),
        ] {
            *clocks.0.lock().unwrap() = (wall, monotonic);
            assert_eq!(stamp.age(&clock), Duration::from_secs(age), "{wall} {monotonic}");
        }
    }
}
