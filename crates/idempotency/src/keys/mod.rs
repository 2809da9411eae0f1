//! What identifies a piece of work: `Key`, the JSON that it is made of, and its hash.

mod form;
mod key;
mod key_hash;
mod node;
mod pointer;

pub use key::Key;
pub use key_hash::KeyHash;
pub(crate) use pointer::Pointers;
