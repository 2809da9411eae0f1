//! The list of open invocations, and the one thread that watches their deadlines.
//!
//! A handler that hangs closes nothing and may block the only worker of its runtime, so nobody but a thread of our own can
//! write what it has done before. The thread begins with the first invocation, or the first future, that has to be woken at
//! a time; a process without one never has it. It sleeps but for one look per due time.

mod alarm;
mod writer;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Waker;
use std::time::Duration;

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
    /// When the thread looks again, by the system's monotonic clock; nothing while it waits for something to do.
    next: Option<Duration>,
    started: bool,
    last_alarm: u64,
}

/// An invocation that is not over.
struct Open {
    invocation: Invocation,
    due: Option<Due>,
}

/// A future that is to be polled at a time.
struct Armed {
    number: u64,
    due: Due,
    waker: Waker,
}

/// A moment on a monotonic clock.
#[derive(Clone)]
struct Due {
    at: Duration,
    clock: Clock,
}

/// How often a clock is asked that is not the system's: a test moves it without telling.
const LOOK_AT_TEST_CLOCK: Duration = Duration::from_millis(5);

/// Puts an invocation into the list, and watches its deadline if one of its utilities wants to know about it.
pub(crate) fn open(invocation: &Invocation) {
    let due = Due::of(invocation);
    let left = due.as_ref().map(Due::left);
    let mut state = watch().lock();
    state.open.push(Open {
        invocation: invocation.clone(),
        due,
    });
    invocation.set_open(true);
    watch().look_in(state, left);
}

/// Looks again when an invocation is due: a utility joined it late.
pub(crate) fn remind(invocation: &Invocation) {
    let due = Due::of(invocation);
    let left = due.as_ref().map(Due::left);
    let mut state = watch().lock();
    if let Some(open) = state.open.iter_mut().find(|open| open.invocation.is_same(invocation)) {
        open.due = due;
        watch().look_in(state, left);
    }
}

/// Takes an invocation that is over out of the list.
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
    drop(closed); // without the lock: it may be the last handle
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

    /// Has the thread look in `left`, unless it looks before.
    fn look_in(&'static self, mut state: MutexGuard<'_, State>, left: Option<Duration>) {
        let Some(left) = left else { return };
        let at = now().saturating_add(left);
        let is_sooner = state.next.is_none_or(|next| at < next);
        if is_sooner {
            state.next = Some(at);
        }
        let is_first = !std::mem::replace(&mut state.started, true);
        drop(state);
        if is_first {
            let thread = std::thread::Builder::new().name("powertools-watch".to_owned());
            if thread.spawn(move || self.run()).is_err() {
                // The next one tries again; until then what waits leaves at the end of its invocation.
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
                // Utilities run guarded, but a waker and the last handle of an invocation run foreign code, too.
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
    /// Takes what is due now.
    fn take_due(&mut self) -> TakenDue {
        let mut taken = TakenDue::default();
        for open in &mut self.open {
            if open.due.as_ref().is_some_and(Due::is_past) {
                // Set again by `remind` and below, for a utility that wants to know later.
                open.due = None;
                taken.invocations.push(open.invocation.clone());
            }
        }
        let alarms = self.alarms.extract_if(.., |alarm| alarm.due.is_past());
        taken.wakers.extend(alarms.map(|alarm| alarm.waker));
        taken
    }

    /// Returns how long nothing is due.
    fn left(&self) -> Option<Duration> {
        let invocations = self.open.iter().filter_map(|open| open.due.as_ref());
        let alarms = self.alarms.iter().map(|alarm| &alarm.due);
        invocations.chain(alarms).map(Due::left).min()
    }
}

/// What is due.
#[derive(Default)]
struct TakenDue {
    invocations: Vec<Invocation>,
    wakers: Vec<Waker>,
}

impl TakenDue {
    fn is_empty(&self) -> bool {
        self.invocations.is_empty() && self.wakers.is_empty()
    }

    /// Acts on it: what cannot block goes first, for all invocations; what may goes to the writer.
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
            // Another of its utilities may want to know later.
            remind(invocation);
        }
        writer::write(writes);
    }
}

impl Due {
    /// Returns when the next of an invocation's utilities wants to know about the deadline.
    fn of(invocation: &Invocation) -> Option<Self> {
        let lead = invocation.lead_time()?;
        let deadline = invocation.deadline()?;
        Some(Self::within(
            deadline.remaining().saturating_sub(lead),
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

/// Returns the time by which the thread sleeps.
fn now() -> Duration {
    Clock::system().monotonic()
}
