//! What must come out of a round: a file that is written before the round begins.

mod entry;
mod file;
mod terms;

pub use entry::{Conditions, Entry, Expected};
pub use file::{Ledger, write};
pub use terms::{Due, Group, Terms};
