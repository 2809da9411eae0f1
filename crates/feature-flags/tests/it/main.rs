//! Feature flags of both formats from every source. Tests that own something of the process have their own binaries.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

mod actions;
mod documents;
mod guide;
mod native;
mod properties;
mod schedules;
mod sources;
mod telemetry;
mod values;
mod versions;
