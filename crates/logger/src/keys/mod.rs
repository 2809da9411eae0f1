//! The keys of a record: those of the toolkit, the process, an invocation and a scope.

mod bounds;
mod facts;
mod invocation_keys;
mod key_values;
mod process_keys;
mod scope_keys;
mod standard_key;

pub(crate) use self::facts::append_fact;
pub(crate) use self::invocation_keys::InvocationKeys;
pub use self::key_values::Keys;
pub(crate) use self::process_keys::ProcessKeys;
pub(crate) use self::scope_keys::take_pending;
pub use self::scope_keys::{ScopeKeys, WithKeys, scope_keys};
pub(crate) use self::standard_key::KeyNames;
pub use self::standard_key::StandardKey;
