//! [`Deadline`], the time at which Lambda ends an invocation.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_runtime::Context;

use crate::Clock;

/// The time at which Lambda ends an invocation, together with the clock that measures it.
///
/// From [`Invocation::deadline`](crate::Invocation::deadline). [`near`](Self::near) waits for it without a runtime:
///
/// ```no_run
/// use std::time::Duration;
///
/// use powertools_lambda_core::Invocation;
///
/// # async fn example() {
/// if let Some(deadline) = Invocation::current().as_ref().and_then(Invocation::deadline) {
///     println!("{:?} left", deadline.remaining());
///     deadline.near(Duration::from_secs(1)).await; // ends one second before the deadline
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Deadline {
    at: SystemTime,
    clock: Clock,
}

impl Deadline {
    /// Returns the deadline in `context`, or `None` if it has already passed, as in contexts that local tools send.
    pub fn of(context: &Context, clock: &Clock) -> Option<Self> {
        Self::of_at(context, clock, clock.now())
    }

    /// Does what [`of`](Self::of) does, for a caller that has just read the clock: `now` is its time.
    pub fn of_at(context: &Context, clock: &Clock, now: SystemTime) -> Option<Self> {
        let at = UNIX_EPOCH.checked_add(Duration::from_millis(context.deadline))?;
        (at > now).then(|| Self {
            at,
            clock: clock.clone(),
        })
    }

    /// Returns the time left, or zero if the deadline has passed.
    pub fn remaining(&self) -> Duration {
        self.remaining_at(self.clock.now())
    }

    /// Does what [`remaining`](Self::remaining) does, for a caller that has just read the clock: `now` is its time.
    pub fn remaining_at(&self, now: SystemTime) -> Duration {
        self.at.duration_since(now).unwrap_or_default()
    }

    /// Returns the clock that measures the deadline.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }
}
