//! Idempotency with every store that needs no AWS. Tests that own something of the process have their own binaries.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

mod cache;
#[cfg(feature = "dynamodb")]
mod dynamodb;
mod faults;
mod guide;
mod layers;
mod model;
mod run;
mod stores;
mod telemetry;
