//! What the logger writes; what owns the process has a binary of its own beside this one.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

mod buffering;
mod deadline;
mod events;
mod facts;
mod formats;
#[cfg(feature = "time-zone")]
mod guide;
mod keys;
mod levels;
mod properties;
mod readme;
mod records;
mod two_loggers;
