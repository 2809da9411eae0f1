//! Requests of every source and their answers.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

mod answers;
#[cfg(feature = "axum")]
mod axum;
mod bad_input;
#[cfg(feature = "axum")]
mod guide;
#[cfg(feature = "axum")]
mod recorded;
mod requests;
mod streaming;
mod telemetry;
