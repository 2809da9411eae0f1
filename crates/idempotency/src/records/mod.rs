//! What a store keeps: `Record`, its `Status`, and the `Token` of the execution that owns it.

mod record;
mod status;
mod token;

pub use record::Record;
pub use status::Status;
pub use token::Token;
