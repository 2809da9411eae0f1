//! The types that threads share: those of `std`, or, in a build for models, those of shuttle.
//!
//! With `--cfg powertools_shuttle`, each operation on one of these types lets shuttle choose the thread that runs next, so that a
//! model is tried in many interleavings, or in all. `cargo xtask test shuttle` makes that build; nothing else does. In it, these types
//! work inside a model only. What is not part of a model keeps the types of `std`, such as what belongs to the process.

#[cfg(powertools_shuttle)]
pub mod model;
#[cfg(powertools_shuttle)]
mod once_lock;

#[cfg(not(powertools_shuttle))]
pub use std::sync::{Mutex, MutexGuard, OnceLock, RwLock, RwLockWriteGuard, atomic};

#[cfg(powertools_shuttle)]
pub use self::once_lock::OnceLock;
#[cfg(powertools_shuttle)]
pub use shuttle::sync::{Mutex, MutexGuard, RwLock, RwLockWriteGuard, atomic};
