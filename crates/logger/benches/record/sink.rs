//! `Sink`, the destination of the lines.

use std::fs::{File, OpenOptions};

/// The destination of the lines.
#[derive(Clone, Copy)]
pub(crate) enum Sink {
    /// Nowhere, to measure only the work before the write.
    Memory,
    /// `/dev/null`, with one `write` for each line.
    Null,
}

pub(crate) fn null_device() -> File {
    OpenOptions::new()
        .write(true)
        .open("/dev/null")
        .expect("the null device opens")
}
