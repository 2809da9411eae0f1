//! The metrics' tests, except those that change process-wide state, which are separate binaries.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

mod concurrency;
mod deadline;
mod dimensions;
mod documents;
#[cfg(feature = "facade")]
mod facade;
mod facts;
mod flush;
#[cfg(feature = "facade")]
mod guide;
mod limits;
#[cfg(feature = "metrique")]
mod metrique;
mod namespaces;
mod properties;
mod single;
mod taking_part;
