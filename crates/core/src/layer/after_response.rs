//! The work that utilities have awaited between the response and the next invocation.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::guard::guard;
use crate::invocation::AfterResponse;
use crate::watch::{NearDeadline, Timeout};
use crate::{Clock, Invocation};

/// How long before the deadline the work is cancelled, so that Lambda does not end the environment.
const BEFORE_DEADLINE: Duration = Duration::from_millis(100);

/// How long the work may take if there is no deadline.
const WITHOUT_DEADLINE: Duration = Duration::from_secs(5);

/// The work after one response, and its bound.
pub(super) struct Awaited {
    invocation: Invocation,
    work: Vec<AfterResponse>,
    bound: Bound,
}

enum Bound {
    Deadline(NearDeadline),
    Timeout(Timeout),
}

impl Awaited {
    /// Returns what utilities want to have awaited; `None`, without an allocation, if it is nothing.
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

    /// Polls what has not ended; ready when everything has, or the time is over.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Self {
            invocation,
            work,
            bound,
        } = self;
        invocation.in_scope(|| {
            work.retain_mut(|work| {
                // One that panics has ended.
                let mut is_pending = false;
                guard(invocation.warnings(), "the work after a response", || {
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
                    "a utility's work after the response was cancelled: it had not ended when the time for it was over"
                ),
            );
            guard(invocation.warnings(), "the work after a response", || work.clear());
            Poll::Ready(())
        })
    }
}
