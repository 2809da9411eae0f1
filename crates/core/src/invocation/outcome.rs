//! [`Outcome`], how the handler ended.

use crate::ErrorReport;

/// How the handler ended; see [`Invocation::outcome`](crate::Invocation::outcome).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The handler returned a response.
    Succeeded,
    /// The handler returned this error.
    Failed(ErrorReport),
    /// The handler panicked, with this message.
    Panicked(String),
}
