//! [`Watch`], the list of open invocations and the thread that watches their deadlines.
//!
//! A handler that hangs may block the only worker thread of its runtime, so only a separate thread can write what the
//! handler has done before. The thread starts with the first invocation or future that needs to be woken at a given
//! time, and wakes up only at those times.

mod alarm;
mod backlog;
#[cfg(all(test, powertools_shuttle))]
mod models;
mod writer;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Waker;
use std::time::{Duration, SystemTime};

use crate::Clock;
use crate::invocation::Invocation;

pub use self::alarm::NearDeadline;
pub(crate) use self::alarm::Timeout;

/// The watch of the process.
struct Watch {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    open: Vec<Open>,
    alarms: Vec<Armed>,
    /// When the thread wakes up next, on the system's monotonic clock; `None` if it has nothing to wait for.
    next: Option<Duration>,
    started: bool,
    last_alarm: u64,
}

/// An invocation that is not over.
struct Open {
    invocation: Invocation,
    due: Option<Due>,
}

/// A future to wake at a given time.
struct Armed {
    number: u64,
    due: Due,
    waker: Waker,
}

/// A point in time on a monotonic clock.
#[derive(Clone)]
struct Due {
    at: Duration,
    clock: Clock,
}

/// How often a clock other than the system's is read, because a test moves it without notice.
const LOOK_AT_TEST_CLOCK: Duration = Duration::from_millis(5);

/// Adds an invocation to the list, and watches its deadline if one of its utilities has a lead time.
pub(crate) fn open(invocation: &Invocation) {
    // The invocation has just begun, so the wall clock need not be read again.
    let due = Due::of(invocation, invocation.started());
    let at = due.as_ref().map(Due::look_at);
    let mut state = watch().lock();
    state.open.push(Open {
        invocation: invocation.clone(),
        due,
    });
    invocation.set_open(true);
    watch().look_at(state, at);
}

/// Recomputes when an invocation is due, for example because a utility joined late.
pub(crate) fn remind(invocation: &Invocation) {
    let now = invocation.deadline().map(|deadline| deadline.clock().now());
    let due = now.and_then(|now| Due::of(invocation, now));
    let at = due.as_ref().map(Due::look_at);
    let mut state = watch().lock();
    if let Some(open) = state.open.iter_mut().find(|open| open.invocation.is_same(invocation)) {
        open.due = due;
        watch().look_at(state, at);
    }
}

/// Removes an invocation that is over from the list.
pub(crate) fn close(invocation: &Invocation) {
    if !invocation.is_open() {
        return;
    }
    invocation.set_open(false);
    let closed = {
        let mut state = watch().lock();
        let place = state.open.iter().position(|open| open.invocation.is_same(invocation));
        place.map(|place| state.open.swap_remove(place))
    };
    drop(closed); // without the lock, because it may be the last handle
}

/// Returns the invocations that are not over.
pub(crate) fn all_open() -> Vec<Invocation> {
    let state = watch().lock();
    state.open.iter().map(|open| open.invocation.clone()).collect()
}

fn watch() -> &'static Watch {
    static WATCH: OnceLock<Watch> = OnceLock::new();
    WATCH.get_or_init(|| Watch {
        state: Mutex::default(),
        changed: Condvar::new(),
    })
}

impl Watch {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the thread wake up at a time on the clock that it sleeps on, if it does not wake up earlier.
    fn look_at(&'static self, mut state: MutexGuard<'_, State>, at: Option<Duration>) {
        let Some(at) = at else { return };
        let is_sooner = state.next.is_none_or(|next| at < next);
        if is_sooner {
            state.next = Some(at);
        }
        let is_first = !std::mem::replace(&mut state.started, true);
        drop(state);
        if is_first {
            let thread = std::thread::Builder::new().name("powertools-watch".to_owned());
            if thread.spawn(move || self.run()).is_err() {
                // The next invocation tries again; until then data is written at the end of each invocation.
                self.lock().started = false;
            }
        } else if is_sooner {
            self.changed.notify_one();
        }
    }

    fn run(&self) -> ! {
        let mut state = self.lock();
        loop {
            let due = state.take_due();
            if !due.is_empty() {
                drop(state);
                // Utilities are guarded, but a waker and dropping the last handle of an invocation run foreign code,
                // too.
                let _ = catch_unwind(AssertUnwindSafe(|| due.act()));
                state = self.lock();
                continue;
            }
            let left = state.left();
            state.next = left.map(|left| now().saturating_add(left));
            state = match left {
                Some(left) => {
                    let waited = self.changed.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}

impl State {
    /// Takes the invocations and wakers that are due now.
    fn take_due(&mut self) -> TakenDue {
        let mut taken = TakenDue::default();
        for open in &mut self.open {
            if open.due.as_ref().is_some_and(Due::is_past) {
                // Set again by `remind`, for a utility with a shorter lead time.
                open.due = None;
                taken.invocations.push(open.invocation.clone());
            }
        }
        let alarms = self.alarms.extract_if(.., |alarm| alarm.due.is_past());
        taken.wakers.extend(alarms.map(|alarm| alarm.waker));
        taken
    }

    /// Returns the time until something is due.
    fn left(&self) -> Option<Duration> {
        let invocations = self.open.iter().filter_map(|open| open.due.as_ref());
        let alarms = self.alarms.iter().map(|alarm| &alarm.due);
        invocations.chain(alarms).map(Due::left).min()
    }
}

/// The invocations and wakers that are due.
#[derive(Default)]
struct TakenDue {
    invocations: Vec<Invocation>,
    wakers: Vec<Waker>,
}

impl TakenDue {
    fn is_empty(&self) -> bool {
        self.invocations.is_empty() && self.wakers.is_empty()
    }

    /// Wakes the futures and notifies the utilities: those that cannot block first, for all invocations; the others on
    /// the writer's thread.
    fn act(self) {
        self.wakers.into_iter().for_each(Waker::wake);
        let mut writes = Vec::new();
        for invocation in &self.invocations {
            let left = invocation.remaining_time().unwrap_or_default();
            for (place, member) in invocation.take_due(left) {
                if member.may_block() {
                    writes.push((invocation.clone(), place));
                } else {
                    invocation.notify_member(member);
                }
            }
            // Another of its utilities may have a shorter lead time.
            remind(invocation);
        }
        writer::write(writes);
    }
}

impl Due {
    /// Returns when the next of an invocation's utilities is to be notified of the deadline; `now` is the wall-clock time.
    fn of(invocation: &Invocation, now: SystemTime) -> Option<Self> {
        let lead = invocation.lead_time()?;
        let deadline = invocation.deadline()?;
        Some(Self::within(
            deadline.remaining_at(now).saturating_sub(lead),
            deadline.clock(),
        ))
    }

    fn within(left: Duration, clock: &Clock) -> Self {
        Self {
            at: clock.monotonic().saturating_add(left),
            clock: clock.clone(),
        }
    }

    fn is_past(&self) -> bool {
        self.at <= self.clock.monotonic()
    }

    /// Returns when the thread has to look at this, on the clock that it sleeps on.
    fn look_at(&self) -> Duration {
        if self.clock.is_system() {
            self.at // the same clock, which need not be read again
        } else {
            now().saturating_add(self.left())
        }
    }

    /// Returns how long to sleep.
    fn left(&self) -> Duration {
        let left = self.at.saturating_sub(self.clock.monotonic());
        if self.clock.is_system() {
            left
        } else {
            left.min(LOOK_AT_TEST_CLOCK)
        }
    }
}

/// Returns the time on the clock that the thread sleeps on.
fn now() -> Duration {
    Clock::system().monotonic()
}

#[cfg(all(test, feature = "test-util"))]
mod tests {
    use super::*;
    use crate::test_util::{TestEnvironment, context};

    #[test]
    fn an_invocation_is_in_the_list_until_it_is_over() {
        let invocation = Invocation::new(context(), TestEnvironment::new().environment());
        let is_listed = || all_open().iter().any(|open| open.is_same(&invocation));
        open(&invocation);
        assert!(is_listed());
        close(&invocation);
        assert!(!is_listed());
    }
}
