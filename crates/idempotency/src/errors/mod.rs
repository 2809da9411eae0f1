//! The errors: `IdempotencyError`, what a caller gets; `StoreError`, what a store returns; `KeyError`, of a key.

mod idempotency_error;
mod key_error;
mod store_error;

pub use idempotency_error::IdempotencyError;
pub use key_error::KeyError;
pub use store_error::StoreError;
