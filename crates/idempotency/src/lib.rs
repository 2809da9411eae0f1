#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod cache;
#[cfg(feature = "dynamodb")]
pub mod dynamodb;
mod errors;
mod execution;
mod idempotency;
mod keys;
mod layers;
mod policies;
mod records;
mod stores;

pub use errors::{IdempotencyError, KeyError, StoreError};
pub use idempotency::{Idempotency, IdempotencyBuilder};
pub use keys::{Key, KeyHash};
pub use layers::{
    AsRecorded, IdempotencyFuture, IdempotencyLayer, IdempotencyService, PointerLayer, PointerService, ReplayHook,
};
pub use policies::{MissingKeyPolicy, StoreFailurePolicy};
pub use records::{Record, Status, Token};
pub use stores::{Begin, Claim, Complete, Completion, MemoryStore, Release, Store, StoreFuture};

// Not for doctests: a test runs the blocks and compares their output.
#[cfg(not(doctest))]
#[doc = include_str!("../docs/guide.md")]
pub mod _guide {}
