//! Requests of every source and their answers.

#![allow(clippy::unwrap_used, clippy::expect_used)]
