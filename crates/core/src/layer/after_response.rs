//! [`Awaited`], the work of utilities between the response and the next invocation.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::guard::guard;
use crate::invocation::AfterResponse;
use crate::watch::{NearDeadline, Timeout};
use crate::{Clock, Invocation};

/// How long before the deadline the work is cancelled, so that Lambda does not end the environment.
const BEFORE_DEADLINE: Duration = Duration::from_millis(100);

/// How long the work may take if the invocation has no deadline.
const WITHOUT_DEADLINE: Duration = Duration::from_secs(5);

/// The work after one response, and the time limit for it.
pub(super) struct Awaited {
    invocation: Invocation,
    /// The work of each utility, with the name of the utility.
    work: Vec<(&'static str, AfterResponse)>,
    bound: Bound,
}

enum Bound {
    Deadline(NearDeadline),
    Timeout(Timeout),
}

impl Awaited {
    /// Collects the work of all utilities; `None`, without an allocation, if they have no work.
    pub(super) fn after(invocation: Invocation) -> Option<Self> {
        let work = invocation.in_scope(|| invocation.after_response());
        if work.is_empty() {
            return None;
        }
        let bound = match invocation.deadline() {
            Some(deadline) => Bound::Deadline(deadline.near(BEFORE_DEADLINE)),
            None => Bound::Timeout(Timeout::after(WITHOUT_DEADLINE, &Clock::system())),
        };
        Some(Self {
            invocation,
            work,
            bound,
        })
    }

    /// Polls the work that has not ended; ready when all of it has, or when the time is up.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Self {
            invocation,
            work,
            bound,
        } = self;
        invocation.in_scope(|| {
            work.retain_mut(|(utility, work)| {
                // Work that panics has ended.
                let mut is_pending = false;
                guard(invocation.warnings(), || *utility, "in its work after the response", || {
                    is_pending = work.as_mut().poll(cx).is_pending();
                });
                is_pending
            });
            if work.is_empty() {
                return Poll::Ready(());
            }
            let is_over = match bound {
                Bound::Deadline(near) => Pin::new(near).poll(cx).is_ready(),
                Bound::Timeout(timeout) => Pin::new(timeout).poll(cx).is_ready(),
            };
            if !is_over {
                return Poll::Pending;
            }
            invocation.warnings().once(
                "work after the response",
                format_args!(
                    "a utility's work after the response was cancelled because it took too long: it must end 100 ms before \
                     the deadline, or within 5 seconds if there is none"
                ),
            );
            for (utility, work) in work.drain(..) {
                guard(invocation.warnings(), || utility, "in its work after the response", || drop(work));
            }
            Poll::Ready(())
        })
    }
}
