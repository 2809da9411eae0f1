//! [`Backlog`], a queue that is emptied by one thread at a time.

use std::collections::VecDeque;
use std::sync::PoisonError;

use crate::sync::{Mutex, MutexGuard};

/// A queue that is emptied by one thread at a time, which ends when nothing is left.
///
/// Whether a thread is needed is decided in the same step that adds or takes an item, so no item is left without a thread.
pub(super) struct Backlog<T>(Mutex<State<T>>);

struct State<T> {
    waiting: VecDeque<T>,
    /// Whether a thread is emptying the queue.
    is_attended: bool,
}

impl<T> Backlog<T> {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(State {
            waiting: VecDeque::new(),
            is_attended: false,
        }))
    }

    /// Adds items; returns whether the caller must start a thread that takes them.
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
    fn the_first_to_put_something_into_an_idle_queue_empties_it() {
        let backlog = Backlog::new();
        assert!(!backlog.put(vec![]), "there is nothing to take");
        assert!(backlog.put(vec![1]));
        assert!(!backlog.put(vec![2, 3]), "the first one takes these, too");
        let taken: Vec<_> = std::iter::from_fn(|| backlog.next()).collect();
        assert_eq!(taken, [1, 2, 3]);
        assert!(backlog.put(vec![4]), "the first one has ended");
    }
}
