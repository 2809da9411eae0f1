//! [`NearDeadline`] and [`Timeout`], futures that the watch wakes at a given time.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::{Armed, Due, watch};
use crate::Clock;
use crate::deadline::Deadline;

impl Deadline {
    /// Returns a future that completes when at most `lead` is left before the deadline.
    ///
    /// It needs no async runtime, because the thread that watches the deadlines of invocations wakes it. It may be
    /// polled again after it has completed.
    pub fn near(&self, lead: Duration) -> NearDeadline {
        NearDeadline {
            deadline: self.clone(),
            lead,
            alarm: Alarm::default(),
        }
    }
}

/// The future of [`Deadline::near`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct NearDeadline {
    deadline: Deadline,
    lead: Duration,
    alarm: Alarm,
}

impl Future for NearDeadline {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { deadline, lead, alarm } = &mut *self;
        let left = deadline.remaining().saturating_sub(*lead);
        alarm.poll(left, deadline.clock(), cx)
    }
}

/// A future that completes after a given time.
pub(crate) struct Timeout {
    /// When it completes, on the monotonic clock.
    at: Duration,
    clock: Clock,
    alarm: Alarm,
}

impl Timeout {
    pub(crate) fn after(left: Duration, clock: &Clock) -> Self {
        Self {
            at: clock.monotonic().saturating_add(left),
            clock: clock.clone(),
            alarm: Alarm::default(),
        }
    }
}

impl Future for Timeout {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { at, clock, alarm } = &mut *self;
        let left = at.saturating_sub(clock.monotonic());
        alarm.poll(left, clock, cx)
    }
}

/// An entry of a task in the list of those that the watch wakes.
#[derive(Debug, Default)]
struct Alarm {
    /// The number of the entry, once it is in the list.
    number: Option<u64>,
}

impl Alarm {
    /// Ready if `left` is zero; otherwise makes the watch wake the task after that time.
    fn poll(&mut self, left: Duration, clock: &Clock, cx: &Context<'_>) -> Poll<()> {
        if left.is_zero() {
            self.disarm();
            return Poll::Ready(());
        }
        let waker = cx.waker();
        let mut state = watch().lock();
        let known = self
            .number
            .and_then(|number| state.alarms.iter_mut().find(|alarm| alarm.number == number));
        if let Some(known) = known {
            let is_other = !known.waker.will_wake(waker);
            let replaced = is_other.then(|| std::mem::replace(&mut known.waker, waker.clone()));
            drop(state);
            drop(replaced); // without the lock, because a waker may run any code
            return Poll::Pending;
        }
        // Not armed yet, or woken too early: a deadline is on the wall clock, but the watch sleeps on the monotonic
        // one.
        state.last_alarm += 1;
        let number = state.last_alarm;
        self.number = Some(number);
        let due = Due::within(left, clock);
        let at = due.look_at();
        let waker = waker.clone();
        state.alarms.push(Armed { number, due, waker });
        watch().look_at(state, Some(at));
        Poll::Pending
    }

    fn disarm(&mut self) {
        if let Some(number) = self.number.take() {
            let mut state = watch().lock();
            let place = state.alarms.iter().position(|alarm| alarm.number == number);
            let disarmed = place.map(|place| state.alarms.swap_remove(place));
            drop(state);
            drop(disarmed); // as above
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.disarm();
    }
}
