//! A thread that sends what waits when an invocation comes near its deadline.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use powertools_lambda_core::{Clock, Invocation};

use crate::trace::Trace;

/// How long before the deadline nothing waits any more: Lambda may end the environment there.
pub(crate) const NEAR_DEADLINE: Duration = Duration::from_millis(250);

/// Watches the invocations that are recorded and have a deadline.
///
/// A handler that hangs closes no span, so nobody but a thread of our own can send what it has done before. The thread
/// begins with the first such invocation and sleeps but for one look per deadline.
pub(crate) struct DeadlineWatch(Arc<Shared>);

struct Shared {
    clock: Clock,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    watched: Vec<Watched>,
    /// When the thread looks again; nothing while it waits for an invocation.
    next: Option<Duration>,
    started: bool,
    ended: bool,
}

struct Watched {
    /// On the monotonic clock.
    due: Duration,
    invocation: Invocation,
}

impl DeadlineWatch {
    pub(crate) fn new(clock: Clock) -> Self {
        Self(Arc::new(Shared {
            clock,
            state: Mutex::default(),
            changed: Condvar::new(),
        }))
    }

    /// Watches an invocation until [`forget`](Self::forget); one that is near its deadline already needs no watch.
    pub(crate) fn watch(&self, invocation: &Invocation) {
        let left = invocation.remaining_time().unwrap_or_default();
        let Some(left) = left.checked_sub(NEAR_DEADLINE) else {
            return;
        };
        let due = self.0.clock.monotonic().saturating_add(left);
        let (first, sooner) = {
            let mut state = self.0.lock();
            state.watched.push(Watched {
                due,
                invocation: invocation.clone(),
            });
            let first = !std::mem::replace(&mut state.started, true);
            (first, state.next.is_none_or(|next| due < next))
        };
        if first {
            let shared = Arc::clone(&self.0);
            let thread = std::thread::Builder::new().name("powertools-tracer".to_owned());
            // Without the thread, what waits leaves with the next span that closes.
            let _ = thread.spawn(move || shared.run());
        } else if sooner {
            self.0.changed.notify_one();
        }
    }

    /// Sends what waits in every invocation that is watched.
    pub(crate) fn send_all(&self) {
        let watched: Vec<_> = {
            let state = self.0.lock();
            state.watched.iter().map(|watched| watched.invocation.clone()).collect()
        };
        watched.iter().for_each(send_waiting);
    }

    pub(crate) fn forget(&self, invocation: &Invocation) {
        let forgotten = {
            let mut state = self.0.lock();
            let place = state
                .watched
                .iter()
                .position(|watched| watched.invocation.is_same(invocation));
            place.map(|place| state.watched.swap_remove(place))
        };
        drop(forgotten); // without the lock: it may be the last handle
    }
}

impl Drop for DeadlineWatch {
    fn drop(&mut self) {
        self.0.lock().ended = true;
        self.0.changed.notify_one();
    }
}

fn send_waiting(invocation: &Invocation) {
    if let Some(recording) = invocation.get::<Trace>().and_then(Trace::recording) {
        recording.send_waiting();
    }
}

impl Shared {
    fn run(&self) {
        let mut state = self.lock();
        while !state.ended {
            let now = self.clock.monotonic();
            let due = state.watched.iter().position(|watched| watched.due <= now);
            if let Some(due) = due {
                let Watched { invocation, .. } = state.watched.swap_remove(due);
                drop(state);
                send_waiting(&invocation);
                drop(invocation);
                state = self.lock();
                continue;
            }
            state.next = state.watched.iter().map(|watched| watched.due).min();
            state = match state.next {
                Some(next) => {
                    let waited = self.changed.wait_timeout(state, next.saturating_sub(now));
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
