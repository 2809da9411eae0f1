//! How a handler ended.

use crate::ErrorReport;

/// How the handler ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The handler returned a response.
    Succeeded,
    /// The handler returned an error.
    Failed(ErrorReport),
    /// The handler panicked, with this message.
    Panicked(String),
}
