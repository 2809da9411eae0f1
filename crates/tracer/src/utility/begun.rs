//! [`Begun`], the trace of an invocation, once it was decided whether it is recorded.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::trace::Decision;

/// The trace of an invocation, once it was decided whether it is recorded.
pub(crate) enum Begun {
    /// Decided when the tracer joined, as is nearly always the case. Setting a `OnceLock` would move the trace four
    /// times.
    Decided(Decision),
    /// To be decided by the propagator.
    Open {
        is_asked: AtomicBool,
        decision: OnceLock<Decision>,
    },
}

impl Begun {
    /// Returns what a propagator has yet to decide.
    pub(crate) fn open() -> Self {
        Self::Open {
            is_asked: AtomicBool::new(false),
            decision: OnceLock::new(),
        }
    }

    #[inline]
    pub(crate) fn get(&self) -> Option<&Decision> {
        match self {
            Self::Decided(decision) => Some(decision),
            Self::Open { decision, .. } => decision.get(),
        }
    }

    /// Returns the decision, which the first caller makes with `decide`; `None` while it is being made.
    ///
    /// Nobody waits for it, because a propagator that opens spans would wait for itself.
    pub(crate) fn get_or_decide(&self, decide: impl FnOnce() -> Decision) -> Option<&Decision> {
        match self {
            Self::Decided(decision) => Some(decision),
            Self::Open { is_asked, decision } => {
                if !is_asked.swap(true, Ordering::AcqRel) {
                    let _ = decision.set(decide());
                }
                decision.get()
            }
        }
    }
}
