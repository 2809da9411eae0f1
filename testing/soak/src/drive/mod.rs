//! Runs rounds of a function, writes their ledgers before, and keeps the bytes that come out.

mod daemon;
mod disturb;
mod faults;
mod feed;
mod invocation;
mod mix;
mod output;
mod plans;
mod round;
mod rows;
mod soak;
mod store;
mod system_clock;
mod table;

pub use soak::{Options, run};
