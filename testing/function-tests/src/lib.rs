//! Tests of complete functions on the real runtime.
//!
//! The functions are in `src/bin`. The tests run them as processes against a test Runtime API that serves many invocations
//! concurrently, and check what the functions post, print and send.

pub mod audit;
