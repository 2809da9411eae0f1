//! `diagnostic_of`, which makes what Lambda shows of a handler's error.

use std::fmt::Debug;

use lambda_runtime::Diagnostic;
use powertools_lambda_core::{DefaultErrorReporter, ErrorReporter};

/// Converts the handler's error for Lambda, with the same name for its type as in logs and traces.
///
/// For its own conversions, such as that of [`lambda_runtime::Error`], the runtime names the static type: `errorType` would be
/// `&alloc::boxed::Box<dyn core::error::Error + ..>` for every boxed error. A type name that a user's conversion has set is kept.
pub(crate) fn diagnostic_of<E: Into<Diagnostic> + Debug + 'static>(error: E) -> Diagnostic {
    let report = DefaultErrorReporter.report(&error);
    let mut diagnostic: Diagnostic = error.into();
    if is_static_type(&diagnostic.error_type) {
        report
            .name()
            .trim_start_matches('&')
            .clone_into(&mut diagnostic.error_type);
    }
    diagnostic
}

/// Returns whether the runtime wrote the type: `std::any::type_name` of a reference (`lambda_runtime` 1.5).
fn is_static_type(error_type: &str) -> bool {
    error_type.starts_with('&')
}

#[cfg(test)]
mod tests {
    use lambda_runtime::Error;

    use super::*;

    #[derive(Debug)]
    struct Declined;

    impl std::fmt::Display for Declined {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("the card was declined")
        }
    }

    impl std::error::Error for Declined {}

    #[derive(Debug)]
    struct Refused;

    impl From<Refused> for Diagnostic {
        fn from(_: Refused) -> Self {
            Self {
                error_type: "Order.Refused".to_owned(),
                error_message: "no stock".to_owned(),
            }
        }
    }

    #[test]
    fn a_boxed_error_has_the_name_of_its_own_type() {
        let diagnostic = diagnostic_of(Error::from(Declined));
        assert_eq!(diagnostic.error_type, "Declined");
        assert_eq!(diagnostic.error_message, "the card was declined");
    }

    #[test]
    fn the_type_that_a_conversion_sets_is_kept() {
        let diagnostic = diagnostic_of(Refused);
        assert_eq!(
            (&*diagnostic.error_type, &*diagnostic.error_message),
            ("Order.Refused", "no stock")
        );
        let ready = Diagnostic {
            error_type: "Custom".to_owned(),
            error_message: "as it is".to_owned(),
        };
        assert_eq!(diagnostic_of(ready.clone()), ready);
    }

    #[test]
    fn no_error_shows_a_static_type() {
        for diagnostic in [
            diagnostic_of("text"),
            diagnostic_of(String::from("text")),
            diagnostic_of(std::io::Error::other("text")),
            diagnostic_of(Error::from("text")),
        ] {
            assert!(!is_static_type(&diagnostic.error_type), "{diagnostic:?}");
            assert_eq!(diagnostic.error_message, "text");
        }
    }
}
