//! `Sink`, the destination of the lines.

use std::fs::{File, OpenOptions};

/// Where lines go.
#[derive(Clone, Copy)]
pub(crate) enum Sink {
    /// Nowhere: the work until the write.
    Memory,
    /// `/dev/null`, by one `write` a line.
    Null,
}

pub(crate) fn null_device() -> File {
    OpenOptions::new()
        .write(true)
        .open("/dev/null")
        .expect("the null device opens")
}
