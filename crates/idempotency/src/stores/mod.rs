//! Where records are kept: the trait `Store`, with its requests and answers, and `MemoryStore`.

mod memory;
mod store;

pub use memory::MemoryStore;
pub use store::{Begin, Claim, Complete, Completion, Release, Store, StoreFuture};
