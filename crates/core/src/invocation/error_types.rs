//! `Invocation::note_error_type`, which makes a utility's error type known to the handler layer.

use std::any::Any;
use std::error::Error;
use std::sync::PoisonError;

use super::Invocation;
use crate::ErrorReport;
use crate::sync::Mutex;

/// The error types that were noted in an invocation.
#[derive(Default)]
struct ErrorTypes(Mutex<Vec<AsError>>);

/// Returns a value as an error, if it has the noted type.
type AsError = fn(&dyn Any) -> Option<&(dyn Error + 'static)>;

impl Invocation {
    /// Makes a handler's error of type `E` known as an [`Error`], so that it is recorded with its message and its chain.
    ///
    /// [`HandlerLayer`](crate::HandlerLayer) requires only `Debug` of a handler's error, so for any other type it records the
    /// `Debug` text. A utility with its own error type calls this before it returns such an error.
    ///
    /// ```
    /// use powertools_lambda_core::Invocation;
    ///
    /// # fn fails() -> Result<(), std::num::ParseIntError> {
    /// "x".parse::<u8>().map(drop).inspect_err(|_| {
    ///     if let Some(invocation) = Invocation::current() {
    ///         invocation.note_error_type::<std::num::ParseIntError>();
    ///     }
    /// })
    /// # }
    /// # assert!(fails().is_err());
    /// ```
    pub fn note_error_type<E: Error + 'static>(&self) {
        let noted: AsError = |any| any.downcast_ref::<E>().map(|error| error as _);
        let types = self.get_or_insert_with(ErrorTypes::default);
        let mut types = types.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !types.iter().any(|known| std::ptr::fn_addr_eq(*known, noted)) {
            types.push(noted);
        }
    }

    /// Returns the report of an error whose type was noted.
    pub(crate) fn report_of_noted(&self, error: &dyn Any) -> Option<ErrorReport> {
        let types = self.get::<ErrorTypes>()?;
        // Copied, so that the error's own code runs without the lock.
        let types = types.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        types.iter().find_map(|as_error| as_error(error)).map(ErrorReport::new)
    }
}

#[cfg(all(test, feature = "test-util"))]
mod tests {
    use std::num::ParseIntError;

    use super::*;
    use crate::test_util::{TestEnvironment, context};

    #[test]
    fn only_an_error_of_a_noted_type_is_reported() {
        let invocation = Invocation::new(context(), TestEnvironment::new().environment());
        let error = "x".parse::<u8>().unwrap_err();
        assert_eq!(invocation.report_of_noted(&error), None);
        for _ in 0..3 {
            invocation.note_error_type::<ParseIntError>();
        }
        let report = invocation.report_of_noted(&error).unwrap();
        assert_eq!(
            (report.name(), report.message().as_str()),
            ("ParseIntError", "invalid digit found in string")
        );
        assert_eq!(invocation.report_of_noted(&"text"), None);
    }
}
