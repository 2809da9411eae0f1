//! [`Begun`], the trace of an invocation, once it was decided whether it is recorded.

use std::sync::OnceLock;

use crate::trace::Decision;

/// The trace of an invocation, once it was decided whether it is recorded.
pub(crate) enum Begun {
    /// Decided when the tracer joined, as is nearly always the case. Setting a `OnceLock` would move the trace four
    /// times.
    Decided(Decision),
    /// To be decided by the propagator.
    Open(OnceLock<Decision>),
}

impl Begun {
    #[inline]
    pub(crate) fn get(&self) -> Option<&Decision> {
        match self {
            Self::Decided(decision) => Some(decision),
            Self::Open(decision) => decision.get(),
        }
    }

    /// Returns the decision, which `decide` makes if necessary.
    pub(crate) fn get_or_init(&self, decide: impl FnOnce() -> Decision) -> &Decision {
        match self {
            Self::Decided(decision) => decision,
            Self::Open(decision) => decision.get_or_init(decide),
        }
    }
}
