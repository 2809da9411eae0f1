//! Feature flags.
#![allow(clippy::unwrap_used, clippy::expect_used)]
