//! The logger's tests, except those that change process-wide state, which are separate binaries.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

mod buffering;
mod deadline;
mod event_cut;
mod event_secrets;
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
mod sole_layer;
mod two_loggers;
