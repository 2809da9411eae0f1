//! `FlagsError`, the error of flags that could not be read.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::{ContextError, DocumentError};

/// An error that occurs when flags are evaluated.
///
/// Either the source failed or returned an invalid document before any valid one was read, or the context is not an object.
///
/// It is cheap to clone.
#[derive(Clone)]
pub struct FlagsError(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    source_name: Box<str>,
    cause: Cause,
}

#[derive(Debug)]
enum Cause {
    Source(Box<dyn Error + Send + Sync>),
    Document(DocumentError),
    Context(ContextError),
}

impl FlagsError {
    pub(crate) fn of_source(source_name: &str, error: Box<dyn Error + Send + Sync>) -> Self {
        Self::new(source_name, Cause::Source(error))
    }

    pub(crate) fn of_document(source_name: &str, error: DocumentError) -> Self {
        Self::new(source_name, Cause::Document(error))
    }

    pub(crate) fn of_context(source_name: &str, error: ContextError) -> Self {
        Self::new(source_name, Cause::Context(error))
    }

    fn new(source_name: &str, cause: Cause) -> Self {
        let source_name = source_name.into();
        Self(Arc::new(Inner { source_name, cause }))
    }

    /// Returns what is wrong with the document, or `None` if that is not the cause.
    pub fn document(&self) -> Option<&DocumentError> {
        match &self.0.cause {
            Cause::Document(error) => Some(error),
            Cause::Source(_) | Cause::Context(_) => None,
        }
    }
}

impl fmt::Display for FlagsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.0.source_name;
        match &self.0.cause {
            Cause::Source(_) => write!(f, "feature flags could not be read from {name}"),
            Cause::Document(_) => write!(f, "the feature flags in {name} are not valid"),
            Cause::Context(_) => write!(f, "the feature flags in {name} cannot be evaluated"),
        }
    }
}

impl fmt::Debug for FlagsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FlagsError")
            .field(&self.0.source_name)
            .field(&self.0.cause)
            .finish()
    }
}

impl Error for FlagsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(match &self.0.cause {
            Cause::Source(error) => &**error,
            Cause::Document(error) => error,
            Cause::Context(error) => error,
        })
    }
}
