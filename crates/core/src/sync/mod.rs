//! The types that threads share: those of `std`, or, in a build for models, those of shuttle.
//!
//! With `--cfg powertools_shuttle`, each operation on one of these types lets shuttle choose the thread that runs next, so that a
//! model is tried in many interleavings, or in all. Only `cargo xtask test shuttle` makes that build, and in it these types work
//! only inside a model. Code that is not part of a model, such as the state of the whole process, keeps the types of `std`.

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
