//! `ContextError`, the error of a value that is not a context.

use std::error::Error;
use std::fmt;

/// The error of a value that does not serialize to a JSON object, so that it is not a context. Its text shows no value.
#[derive(Debug)]
pub struct ContextError(Option<serde_json::Error>);

impl ContextError {
    pub(crate) const fn not_an_object() -> Self {
        Self(None)
    }

    pub(crate) const fn not_serializable(error: serde_json::Error) -> Self {
        Self(Some(error))
    }
}

impl fmt::Display for ContextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Some(_) => "the context cannot be serialized",
            None => {
                "the context is not a JSON object of keys and values: pass a struct, a map or an `EvaluationContext`"
            }
        })
    }
}

impl Error for ContextError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.as_ref().map(|error| error as _)
    }
}
