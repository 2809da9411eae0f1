//! Functions on the real runtime, tested from outside.
//!
//! `src/bin` has the functions. The tests run them as processes against a Runtime API of our own, which hands out many
//! invocations at once, and look at what the functions post, print and send.

pub mod audit;
