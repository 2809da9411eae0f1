//! A model of the writer: everything that is put into a [`Backlog`] is taken once, in order, by one thread at a time.

use std::sync::Arc;

use super::backlog::Backlog;
use crate::sync::model::{every_interleaving, is_broken, thread};
use crate::sync::{Mutex, atomic};

/// A queue with the two steps of [`Backlog`].
trait Queue: Send + Sync + 'static {
    fn empty() -> Self;
    fn put(&self, items: Vec<u8>) -> bool;
    fn next(&self) -> Option<u8>;
}

impl Queue for Backlog<u8> {
    fn empty() -> Self {
        Self::new()
    }

    fn put(&self, items: Vec<u8>) -> bool {
        Self::put(self, items)
    }

    fn next(&self) -> Option<u8> {
        Self::next(self)
    }
}

/// A fault: a thread that is about to end looks at the queue, and records only in a second step that it ends.
struct EndsInTwoSteps {
    waiting: Mutex<Vec<u8>>,
    is_attended: atomic::AtomicBool,
}

impl Queue for EndsInTwoSteps {
    fn empty() -> Self {
        Self {
            waiting: Mutex::default(),
            is_attended: atomic::AtomicBool::new(false),
        }
    }

    fn put(&self, items: Vec<u8>) -> bool {
        self.waiting.lock().unwrap().extend(items);
        !self.is_attended.swap(true, atomic::Ordering::SeqCst)
    }

    fn next(&self) -> Option<u8> {
        let next = {
            let mut waiting = self.waiting.lock().unwrap();
            (!waiting.is_empty()).then(|| waiting.remove(0))
        };
        self.is_attended.store(next.is_some(), atomic::Ordering::SeqCst);
        next
    }
}

/// Two threads add two items each, and empty the queue if `put` returns that they must.
fn items_are_taken_once_and_in_order<Q: Queue>() -> usize {
    every_interleaving(|| {
        let (queue, taken) = (Arc::new(Q::empty()), Arc::new(Mutex::new(Vec::new())));
        let threads = [[1, 2], [11, 12]].map(|items| {
            let (queue, taken) = (Arc::clone(&queue), Arc::clone(&taken));
            thread::spawn(move || {
                if queue.put(items.to_vec()) {
                    while let Some(item) = queue.next() {
                        taken.lock().unwrap().push(item);
                    }
                }
            })
        });
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let taken = taken.lock().unwrap().clone();
        assert!(taken == [1, 2, 11, 12] || taken == [11, 12, 1, 2], "{taken:?}");
    })
}

#[test]
fn what_is_put_into_a_backlog_is_taken() {
    assert!(items_are_taken_once_and_in_order::<Backlog<u8>>() > 100);
}

#[test]
fn an_item_that_no_thread_takes_is_found() {
    assert!(is_broken(items_are_taken_once_and_in_order::<EndsInTwoSteps>));
}
