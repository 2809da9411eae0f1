//! The stack of recorded spans that each thread has entered.

use std::cell::RefCell;
use std::sync::Arc;

use super::OpenSpan;

thread_local! {
    static ENTERED: RefCell<Vec<Entered>> = const { RefCell::new(Vec::new()) };
}

struct Entered {
    /// The id of the `tracing` span.
    id: u64,
    span: Arc<OpenSpan>,
    /// Whether a panic was already unwinding.
    panicking: bool,
}

pub(crate) fn enter(id: u64, span: &Arc<OpenSpan>) {
    let entered = Entered {
        id,
        span: Arc::clone(span),
        panicking: std::thread::panicking(),
    };
    let _ = ENTERED.try_with(|stack| stack.try_borrow_mut().map(|mut stack| stack.push(entered)));
}

/// Leaves a span; returns it if it is left because of a panic.
pub(crate) fn exit(id: u64) -> Option<Arc<OpenSpan>> {
    let left = ENTERED.try_with(|stack| {
        let mut stack = stack.try_borrow_mut().ok()?;
        // Nearly always the last one, but guards that were moved may leave in another order.
        if stack.last()?.id == id {
            return stack.pop();
        }
        let place = stack.iter().rposition(|entered| entered.id == id)?;
        Some(stack.remove(place))
    });
    let left = left.ok().flatten()?;
    (!left.panicking && std::thread::panicking()).then_some(left.span)
}

/// Calls `f` with the innermost span of the trace that the thread is in, if it is in one. `f` must not run foreign code.
pub(crate) fn with_innermost<R>(trace: u64, f: impl FnOnce(&Arc<OpenSpan>) -> R) -> Option<R> {
    let found = ENTERED.try_with(|stack| {
        let stack = stack.try_borrow().ok()?;
        let entered = stack.iter().rev().find(|entered| entered.span.trace == trace)?;
        Some(f(&entered.span))
    });
    found.ok().flatten()
}

/// Returns whether the `tracing` span with this id is the last recorded one that the thread entered.
pub(crate) fn is_innermost(id: u64) -> bool {
    let found = ENTERED.try_with(|stack| {
        stack
            .try_borrow()
            .is_ok_and(|stack| stack.last().is_some_and(|last| last.id == id))
    });
    found.unwrap_or(false)
}
