//! The layers around a handler: `IdempotencyLayer` with a key from the typed event, `PointerLayer` from the raw one.

mod hook;
mod layer;
mod pointer;

pub use hook::{AsRecorded, ReplayHook};
pub use layer::{IdempotencyFuture, IdempotencyLayer, IdempotencyService};
pub use pointer::{PointerLayer, PointerService};
