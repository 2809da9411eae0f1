//! `Unreadable`, why a record cannot be handled.

use std::fmt;

use crate::DecodeError;

/// Why a record cannot be handled, if a part of it that its handler needs is not of the expected type.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Unreadable(Option<Box<str>>);

impl Unreadable {
    /// Notes a problem. The first one is kept.
    pub(crate) fn note(&mut self, problem: fmt::Arguments<'_>) {
        self.0.get_or_insert_with(|| problem.to_string().into_boxed_str());
    }

    /// Returns the error with which the record fails.
    pub(crate) fn check(&self) -> Result<(), DecodeError> {
        match &self.0 {
            None => Ok(()),
            Some(problem) => Err(DecodeError::new(format!("the record cannot be read: {problem}"))),
        }
    }
}

impl fmt::Debug for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
