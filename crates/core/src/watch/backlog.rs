//! [`Backlog`], a queue that one thread at a time empties.

use std::collections::VecDeque;
use std::sync::PoisonError;

use crate::sync::{Mutex, MutexGuard};

/// A queue that one thread at a time empties; the thread ends when nothing is left.
///
/// Putting and taking are one step each with the decision who empties the queue, so nothing is left in it without a thread.
pub(super) struct Backlog<T>(Mutex<State<T>>);

struct State<T> {
    waiting: VecDeque<T>,
    /// Whether a thread empties the queue.
    is_attended: bool,
}

impl<T> Backlog<T> {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(State {
            waiting: VecDeque::new(),
            is_attended: false,
        }))
    }

    /// Adds items; returns whether the caller has to take care that they are taken.
    pub(super) fn put(&self, items: Vec<T>) -> bool {
        if items.is_empty() {
            return false;
        }
        let mut state = self.lock();
        state.waiting.extend(items);
        !std::mem::replace(&mut state.is_attended, true)
    }

    /// Takes the next item; after `None`, the thread must not ask again.
    pub(super) fn next(&self) -> Option<T> {
        let mut state = self.lock();
        let next = state.waiting.pop_front();
        state.is_attended = next.is_some();
        next
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_puts_into_a_queue_that_nobody_empties_has_to_empty_it() {
        let backlog = Backlog::new();
        assert!(!backlog.put(vec![]), "there is nothing to take");
        assert!(backlog.put(vec![1]));
        assert!(!backlog.put(vec![2, 3]), "the first one takes these, too");
        let taken: Vec<_> = std::iter::from_fn(|| backlog.next()).collect();
        assert_eq!(taken, [1, 2, 3]);
        assert!(backlog.put(vec![4]), "the first one has ended");
    }
}
