//! [`Lock`], which decides when the lock of an execution ends.

use std::time::Duration;

use powertools_lambda_core::Deadline;

/// How long the clocks of two environments may differ; the lock outlasts the deadline by this much.
const CLOCK_MARGIN: Duration = Duration::from_secs(1);

/// The longest timeout of a function: the lock if no deadline is enforced or known.
const DEFAULT_TIME: Duration = Duration::from_mins(15);

#[derive(Clone, Copy, Debug)]
pub(crate) struct Lock {
    pub(crate) time: Option<Duration>,
    /// Whether Lambda ends an invocation at its deadline.
    pub(crate) is_deadline_enforced: bool,
}

impl Lock {
    /// Returns the milliseconds since the Unix epoch at which a lock ends that begins at `now`.
    pub(super) fn until(self, now: u64, deadline: Option<&Deadline>) -> u64 {
        let after = |time: Duration| now.saturating_add(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
        let by_deadline = deadline.map(|deadline| after(deadline.remaining() + CLOCK_MARGIN));
        let needs_time = by_deadline.is_none() || !self.is_deadline_enforced;
        let time = self.time.or_else(|| needs_time.then_some(DEFAULT_TIME));
        time.map_or(now, after).max(by_deadline.unwrap_or(now))
    }
}

#[cfg(test)]
mod tests {
    use powertools_lambda_core::test_util::{ManualClock, context};

    use super::*;

    #[test]
    fn the_lock_ends_after_the_deadline_and_after_its_own_time() {
        let clock = ManualClock::default();
        let mut context = context();
        context.deadline = clock.millis_after(Duration::from_secs(30));
        let deadline = Deadline::of(&context, &clock.clock());
        let now = clock.timestamp().as_millis();
        for (time, is_deadline_enforced, deadline, seconds) in [
            (None, true, deadline.as_ref(), 31),
            (Some(10), true, deadline.as_ref(), 31),
            (Some(60), true, deadline.as_ref(), 60),
            (None, true, None, 900),
            (Some(10), true, None, 10),
            (Some(2_000), true, None, 2_000),
            (None, false, deadline.as_ref(), 900),
            (Some(60), false, deadline.as_ref(), 60),
            (Some(10), false, deadline.as_ref(), 31),
            (Some(0), true, None, 0),
        ] {
            let lock = Lock {
                time: time.map(Duration::from_secs),
                is_deadline_enforced,
            };
            let left = Duration::from_millis(lock.until(now, deadline) - now);
            assert_eq!(left, Duration::from_secs(seconds), "{lock:?}");
        }
    }
}
