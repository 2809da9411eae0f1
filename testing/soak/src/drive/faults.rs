//! The faults of what is around a function.

/// Where standard output goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Out {
    /// To a pipe that is read at once.
    Read,
    /// To a pipe that is read slowly, so that it is full most of the time.
    Slow,
    /// To a pipe that nobody reads.
    Closed,
    /// To a device that is always full.
    Full,
}

/// Who receives the datagrams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Receiver {
    /// A daemon with a large buffer, which reads at once.
    Listening,
    /// A daemon with a small buffer, which sleeps after each datagram.
    Slow,
    /// A daemon that reads nothing until the end.
    Full,
    /// Nobody.
    Absent,
}

/// What the store does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It works.
    None,
    /// It throttles, resets connections, hangs, and loses answers.
    Faulty,
}
