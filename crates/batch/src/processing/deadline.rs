//! `Deadline`, the times until which a batch starts records and waits for them.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use powertools_lambda_core::{Clock, Environment, Invocation, NearDeadline};

/// The time after which no record is started, and the time after which running ones are cancelled.
pub(crate) struct Deadline {
    watch: Watch,
    pace: Pace,
    /// The time left when the batch began, which decides about the first record.
    at_first: Option<Duration>,
    /// Wakes the task when running records are to be cancelled.
    near: Option<NearDeadline>,
}

/// Computes how much time is left.
#[derive(Clone)]
pub(crate) struct Watch {
    deadline: Option<powertools_lambda_core::Deadline>,
    margin: Duration,
}

impl Deadline {
    /// Reads the deadline of the current invocation, or that of `context` if no invocation is open or `context` belongs
    /// to another one.
    pub(crate) fn new(context: &lambda_runtime::Context, environment: Option<&Environment>, margin: Duration) -> Self {
        let of_invocation = Invocation::with_current(|open| {
            let is_it = open.context().request_id == context.request_id;
            is_it.then(|| (open.deadline().cloned(), None))
        });
        let (deadline, at_first) = of_invocation.flatten().unwrap_or_else(|| {
            let clock = environment.map_or_else(Clock::system, |environment| environment.clock().clone());
            let now = clock.now();
            let deadline = powertools_lambda_core::Deadline::of_at(context, &clock, now);
            let at_first = deadline.as_ref().map(|deadline| deadline.remaining_at(now));
            (deadline, at_first)
        });
        Self {
            at_first: at_first.or_else(|| deadline.as_ref().map(powertools_lambda_core::Deadline::remaining)),
            watch: Watch { deadline, margin },
            pace: Pace::default(),
            near: None,
        }
    }

    pub(crate) fn watch(&self) -> &Watch {
        &self.watch
    }

    /// Returns whether it is too late to start a record, with the precision of [`Pace`].
    #[inline]
    pub(crate) fn is_near(&mut self) -> bool {
        !self.pace.skips() && self.read_clock()
    }

    #[inline(never)]
    fn read_clock(&mut self) -> bool {
        let Some(remaining) = self.at_first.take().or_else(|| self.watch.remaining()) else {
            return false;
        };
        self.pace.take(remaining, self.watch.margin);
        remaining <= self.watch.margin
    }

    /// Waits for `future` until half of the margin is left; returns `None` then.
    pub(crate) fn wait<F: Future>(&mut self, mut future: Pin<&mut F>) -> impl Future<Output = Option<F::Output>> {
        poll_fn(move |cx| {
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                return Poll::Ready(Some(output));
            }
            self.time_passes();
            self.poll_too_late(cx).map(|()| None)
        })
    }

    /// Makes the next record read the clock: a record waited, so an unknown time has passed.
    pub(crate) fn time_passes(&mut self) {
        self.pace = Pace::default();
    }

    /// Waits until half of the margin is left.
    pub(crate) fn poll_too_late(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Watch { deadline, margin } = &self.watch;
        let Some(deadline) = deadline else { return Poll::Pending };
        let near = self.near.get_or_insert_with(|| deadline.near(*margin / 2));
        Pin::new(near).poll(cx)
    }
}

/// How often the clock is read to start records, because a read costs as much as the rest of a quick record.
///
/// It is read before each record, except while records are quick and the margin is far away. So a record is started too
/// late only after at most fifteen others that never waited and suddenly used up all the time that was left.
#[derive(Default)]
struct Pace {
    /// How many records are still to be started without reading the clock.
    skip: u8,
    /// The time that was left at the last read, if there was one.
    remaining: Option<Duration>,
}

impl Pace {
    /// The maximum number of records that are started after one read.
    const MAX: u8 = 16;
    /// Records are quick if all those after one read took less than this together.
    const QUICK: Duration = Duration::from_millis(1);
    /// The margin is far away if more than this is left until it.
    const FAR: Duration = Duration::from_secs(1);

    #[inline]
    fn skips(&mut self) -> bool {
        let skips = self.skip > 0;
        self.skip -= u8::from(skips);
        skips
    }

    fn take(&mut self, remaining: Duration, margin: Duration) {
        let took = self.remaining.map(|before| before.saturating_sub(remaining));
        let is_quick = took.is_some_and(|took| took < Self::QUICK) && remaining.saturating_sub(margin) > Self::FAR;
        self.skip = if is_quick { Self::MAX - 1 } else { 0 };
        self.remaining = Some(remaining);
    }
}

impl Watch {
    /// Returns whether it is too late to start a record.
    pub(crate) fn is_near(&self) -> bool {
        self.remaining().is_some_and(|remaining| remaining <= self.margin)
    }

    fn remaining(&self) -> Option<Duration> {
        self.deadline.as_ref().map(powertools_lambda_core::Deadline::remaining)
    }
}
