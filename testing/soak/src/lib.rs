//! Functions with all utilities under all faults, and a count of what they wrote against what they owed.
//!
//! The program `soak` writes a [ledger] of everything that must come out, then [runs](drive) the function
//! `soak-function` against a Runtime API and keeps the bytes of its standard output, its datagrams and its answers, and then
//! [counts](count) from these bytes alone what is lost, mixed, doubled or invalid. `cargo xtask soak` builds and runs it.
#![allow(clippy::disallowed_methods, clippy::print_stdout)] // a program for a terminal, with its own time

pub mod count;
pub mod drive;
pub mod event;
pub mod ledger;
