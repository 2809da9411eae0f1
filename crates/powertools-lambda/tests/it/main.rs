//! The utilities together; what owns the process has a binary of its own beside this one.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[cfg(all(feature = "logger", feature = "metrics", feature = "tracer"))]
mod composition;
#[cfg(all(feature = "logger", feature = "metrics", feature = "tracer"))]
mod restore;
#[cfg(all(feature = "logger", feature = "tracer"))]
mod telemetry_layer;
