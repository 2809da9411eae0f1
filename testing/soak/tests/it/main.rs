//! Tests of the count, with captured bytes of two invocations.
#![allow(clippy::unwrap_used)] // a test fails by panicking

mod counting;
