//! How much time is left.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use powertools_lambda_core::{Clock, Host, Invocation};
use tokio::time::Sleep;

/// The moment after which no record is started, and the one after which none is waited for.
pub(crate) struct Deadline {
    watch: Watch,
    pace: Pace,
    /// What was left when the batch began; the first record is started by it.
    at_first: Option<Duration>,
    /// Wakes the task when it is time to look at the clock again.
    alarm: Option<Pin<Box<Sleep>>>,
}

/// Tells how much time is left.
#[derive(Clone)]
pub(crate) struct Watch {
    source: Source,
    margin: Duration,
}

#[derive(Clone)]
enum Source {
    Invocation(Invocation),
    Context { deadline: SystemTime, clock: Clock },
    None,
}

impl Deadline {
    /// Reads the current invocation's deadline, or `context`'s where that is another invocation's, or none is open.
    pub(crate) fn new(context: &lambda_runtime::Context, host: Option<&Host>, margin: Duration) -> Self {
        let invocation = Invocation::current().filter(|open| open.context().request_id == context.request_id);
        let (source, at_first) = match invocation {
            Some(invocation) => {
                let remaining = invocation.remaining_time();
                (Source::Invocation(invocation), remaining)
            }
            None => from_context(context, host),
        };
        Self {
            watch: Watch { source, margin },
            pace: Pace::default(),
            at_first,
            alarm: None,
        }
    }

    pub(crate) fn watch(&self) -> &Watch {
        &self.watch
    }

    /// Returns whether it is too late to start a record; [`Pace`] says how exactly.
    #[inline]
    pub(crate) fn is_near(&mut self) -> bool {
        !self.pace.skips() && self.look()
    }

    #[inline(never)]
    fn look(&mut self) -> bool {
        let Some(remaining) = self.at_first.take().or_else(|| self.watch.remaining()) else {
            return false;
        };
        self.pace.take(remaining, self.watch.margin);
        remaining <= self.watch.margin
    }

    /// Waits for `future` until half of the margin is left; `None` when it is given up.
    pub(crate) fn wait<F: Future>(&mut self, mut future: Pin<&mut F>) -> impl Future<Output = Option<F::Output>> {
        poll_fn(move |cx| {
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                return Poll::Ready(Some(output));
            }
            // Time passes while a record waits.
            self.pace = Pace::default();
            self.poll_given_up(cx).map(|()| None)
        })
    }

    fn poll_given_up(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let Some(remaining) = self.watch.remaining() else {
                return Poll::Pending;
            };
            let Some(rest) = remaining
                .checked_sub(self.watch.margin / 2)
                .filter(|rest| !rest.is_zero())
            else {
                return Poll::Ready(());
            };
            let Some(alarm) = alarm(&mut self.alarm, rest) else {
                return Poll::Pending;
            };
            if alarm.poll(cx).is_pending() {
                return Poll::Pending;
            }
            // Tokio's clock may run ahead of ours: set it again for what is left.
            self.alarm = None;
        }
    }
}

/// How often the clock is read to start records: a look costs as much as all the rest of a quick record.
///
/// Before each record, except while they come in quick succession and the margin is far off. So a record is started too
/// late only behind at most fifteen others that never waited, suddenly took their time, and took all that was left.
#[derive(Default)]
struct Pace {
    /// How many records are still to be started without a look.
    skip: u8,
    /// How many were started by the last look.
    stride: u8,
    /// What was left at the last look.
    remaining: Duration,
}

impl Pace {
    /// The most records that are started by one look.
    const MAX: u8 = 16;
    /// Records are quick when those of one look took less than this.
    const QUICK: Duration = Duration::from_millis(1);
    /// The margin is far off when there is more than this until it.
    const FAR: Duration = Duration::from_secs(1);

    #[inline]
    fn skips(&mut self) -> bool {
        let skips = self.skip > 0;
        self.skip -= u8::from(skips);
        skips
    }

    fn take(&mut self, remaining: Duration, margin: Duration) {
        let took = self.remaining.saturating_sub(remaining);
        let is_quick = took < Self::QUICK && remaining.saturating_sub(margin) > Self::FAR;
        self.stride = if is_quick {
            (4 * self.stride).clamp(1, Self::MAX)
        } else {
            1
        };
        self.skip = self.stride - 1;
        self.remaining = remaining;
    }
}

impl Watch {
    /// Returns whether it is too late to start a record.
    pub(crate) fn is_near(&self) -> bool {
        self.remaining().is_some_and(|remaining| remaining <= self.margin)
    }

    fn remaining(&self) -> Option<Duration> {
        match &self.source {
            Source::Invocation(invocation) => invocation.remaining_time(),
            Source::Context { deadline, clock } => Some(deadline.duration_since(clock.now()).unwrap_or_default()),
            Source::None => None,
        }
    }
}

/// Reads it as core does: a deadline that has passed when the batch begins is none, local tools send such.
fn from_context(context: &lambda_runtime::Context, host: Option<&Host>) -> (Source, Option<Duration>) {
    let clock = host.map_or_else(Clock::system, |host| host.clock().clone());
    let deadline = UNIX_EPOCH.checked_add(Duration::from_millis(context.deadline));
    let left = deadline.and_then(|deadline| deadline.duration_since(clock.now()).ok());
    match (deadline, left) {
        (Some(deadline), Some(left)) if !left.is_zero() => (Source::Context { deadline, clock }, Some(left)),
        _ => (Source::None, None),
    }
}

/// Returns the alarm, set to `rest` where it is not set yet; `None` outside a Tokio runtime that has a timer.
fn alarm(alarm: &mut Option<Pin<Box<Sleep>>>, rest: Duration) -> Option<Pin<&mut Sleep>> {
    if alarm.is_none() {
        tokio::runtime::Handle::try_current().ok()?;
        // Panics where the runtime was built without a timer, which cannot be asked.
        *alarm = catch_unwind(AssertUnwindSafe(|| Box::pin(tokio::time::sleep(rest)))).ok();
    }
    alarm.as_mut().map(Pin::as_mut)
}
