//! The errors of this crate.

mod context_error;
mod document_error;
mod evaluation_error;
mod flags_error;

pub use context_error::ContextError;
pub use document_error::DocumentError;
pub use evaluation_error::EvaluationError;
pub use flags_error::FlagsError;
