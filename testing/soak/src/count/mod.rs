//! What came out of a round, counted from its bytes and its ledger alone.

mod answers;
mod capture;
mod claims;
mod counter;
mod datagrams;
mod findings;
mod output;
pub mod plant;
mod sight;

pub use capture::{Capture, Posted, append_datagram};
pub use counter::count;
pub use findings::{Findings, Kind};
