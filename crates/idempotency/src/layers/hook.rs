//! [`ReplayHook`], a hook that may change an answer that is replayed.

use crate::Record;

/// A hook that may change an answer that is replayed, such as a function `Fn(T, &Record) -> T`.
pub trait ReplayHook<T>: Clone {
    /// Returns the answer to give, from the recorded one.
    fn replay(&self, answer: T, record: &Record) -> T;
}

/// The hook that changes nothing, the default of the layers.
#[derive(Clone, Copy, Debug, Default)]
pub struct AsRecorded;

impl<T> ReplayHook<T> for AsRecorded {
    fn replay(&self, answer: T, _: &Record) -> T {
        answer
    }
}

impl<T, F> ReplayHook<T> for F
where
    F: Fn(T, &Record) -> T + Clone,
{
    fn replay(&self, answer: T, record: &Record) -> T {
        self(answer, record)
    }
}
