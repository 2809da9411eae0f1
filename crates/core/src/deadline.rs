//! When Lambda ends an invocation.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_runtime::Context;

use crate::Clock;

/// The moment at which Lambda ends an invocation, and the clock that says how far off it is.
#[derive(Clone, Debug)]
pub struct Deadline {
    at: SystemTime,
    clock: Clock,
}

impl Deadline {
    /// Returns the deadline in `context`; `None` if it has passed already, because local tools send such.
    pub fn of(context: &Context, clock: &Clock) -> Option<Self> {
        Self::after(clock.now(), context, clock)
    }

    /// As [`of`](Self::of), for a caller that knows the time.
    pub(crate) fn after(now: SystemTime, context: &Context, clock: &Clock) -> Option<Self> {
        let at = UNIX_EPOCH.checked_add(Duration::from_millis(context.deadline))?;
        (at > now).then(|| Self {
            at,
            clock: clock.clone(),
        })
    }

    /// Returns the time left, zero when the deadline has passed.
    pub fn remaining(&self) -> Duration {
        self.at.duration_since(self.clock.now()).unwrap_or_default()
    }

    /// Returns the clock that the deadline is measured by.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }
}
