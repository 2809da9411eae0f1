//! The error of a record that failed.

use std::any::Any;
use std::error::Error;
use std::fmt;

use lambda_runtime::Error as BoxError;
use powertools_lambda_core::panic_message;

use crate::DecodeError;

/// The error of a record that failed.
///
/// If the handler or a layer around it returned an error, `Display`, `Debug` and [`source`](Error::source) are those of
/// that error.
pub struct RecordError(Kind);

enum Kind {
    Returned(BoxError),
    Panicked(Panicked),
    Interrupted(Interrupted),
}

/// The handler panicked.
#[derive(Debug)]
struct Panicked(String);

/// The record was cancelled because the deadline was near.
#[derive(Debug)]
struct Interrupted;

impl RecordError {
    pub(crate) fn returned(error: BoxError) -> Self {
        Self(Kind::Returned(error))
    }

    pub(crate) fn panicked(panic: &(dyn Any + Send)) -> Self {
        Self(Kind::Panicked(Panicked(panic_message(panic))))
    }

    pub(crate) fn interrupted() -> Self {
        Self(Kind::Interrupted(Interrupted))
    }

    /// Returns why the record could not be decoded, if that is why it failed.
    ///
    /// Such a record fails again at each delivery.
    pub fn decode_error(&self) -> Option<&DecodeError> {
        self.downcast_ref()
    }

    /// Returns whether the handler panicked.
    pub fn is_panic(&self) -> bool {
        matches!(self.0, Kind::Panicked(_))
    }

    /// Returns whether the record was cancelled because the invocation's deadline was near.
    pub fn is_interrupted(&self) -> bool {
        matches!(self.0, Kind::Interrupted(_))
    }

    /// Returns the error as an `E`, if the handler or a layer around it returned an `E`.
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        self.as_error().downcast_ref()
    }

    /// Returns the error that was returned, or one that describes the panic or the cancellation.
    pub fn as_error(&self) -> &(dyn Error + 'static) {
        match &self.0 {
            Kind::Returned(error) => error.as_ref(),
            Kind::Panicked(panic) => panic,
            Kind::Interrupted(interrupted) => interrupted,
        }
    }
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_error(), f)
    }
}

impl fmt::Debug for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_error(), f)
    }
}

impl Error for RecordError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.as_error().source()
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the handler panicked: {}", self.0)
    }
}

impl Error for Panicked {}

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the record was cancelled because the deadline was near")
    }
}

impl Error for Interrupted {}
