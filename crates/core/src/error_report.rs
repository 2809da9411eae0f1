//! [`ErrorReport`], an error as logs and traces show it.

use std::error::Error;
use std::fmt::Debug;

use crate::ErrorName;

/// An error and its causes, captured as text for log records and traces.
///
/// The error itself goes to the runtime unchanged.
///
/// ```
/// use powertools_lambda_core::ErrorReport;
///
/// let report = ErrorReport::new(&"x".parse::<u8>().unwrap_err());
/// assert_eq!(report.name(), "ParseIntError");
/// assert_eq!(report.message(), "invalid digit found in string");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorReport {
    causes: Vec<ErrorCause>,
}

/// One error of a `source()` chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorCause {
    /// The name of the error's type or variant; see [`ErrorName`].
    pub name: String,
    /// The error's message.
    pub message: String,
}

/// How many errors of a chain are kept. Without a limit, a `source()` that returns itself would never end.
const MAX_DEPTH: usize = 32;

impl ErrorReport {
    /// Captures an error and its `source()` chain, up to 32 errors.
    pub fn new(error: &(dyn Error + 'static)) -> Self {
        let chain =
            std::iter::successors(Some(error), |error: &&(dyn Error + 'static)| (*error).source()).take(MAX_DEPTH);
        Self {
            causes: chain
                .map(|error| ErrorCause {
                    name: ErrorName::of(error).as_str().to_owned(),
                    message: error.to_string(),
                })
                .collect(),
        }
    }

    /// Captures a value that does not implement [`Error`]: the name of its type and its `Debug` text.
    ///
    /// For an `anyhow::Error` or `eyre::Report`, the name is that of the error inside it.
    pub fn from_debug<E: Debug>(error: &E) -> Self {
        let path = std::any::type_name::<E>();
        let name = match path {
            "anyhow::Error" | "eyre::Report" => ErrorName::inside(error).as_str().to_owned(),
            _ => type_name(path).to_owned(),
        };
        Self {
            causes: vec![ErrorCause {
                name,
                message: format!("{error:?}"),
            }],
        }
    }

    /// Returns the [name](ErrorCause::name) of the outermost error's type.
    pub fn name(&self) -> &str {
        self.causes.first().map_or("", |cause| &cause.name)
    }

    /// Returns the errors, outermost first; never empty.
    pub fn causes(&self) -> &[ErrorCause] {
        &self.causes
    }

    /// Returns the messages of the chain, outermost first, joined by `: `.
    pub fn message(&self) -> String {
        let messages: Vec<_> = self.causes.iter().map(|cause| cause.message.as_str()).collect();
        messages.join(": ")
    }
}

impl From<ErrorCause> for ErrorReport {
    fn from(cause: ErrorCause) -> Self {
        Self { causes: vec![cause] }
    }
}

/// Returns the last segment of a type's path, without its generic arguments.
fn type_name(path: &str) -> &str {
    let path = path.split('<').next().unwrap_or(path);
    path.rsplit("::").next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct PaymentError(std::num::ParseIntError);

    impl std::fmt::Display for PaymentError {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("payment refused")
        }
    }

    impl Error for PaymentError {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn the_whole_chain_is_kept() {
        let report = ErrorReport::new(&PaymentError("x".parse::<u8>().unwrap_err()));
        assert_eq!(report.name(), "PaymentError");
        assert_eq!(report.message(), "payment refused: invalid digit found in string");
        assert_eq!(report.causes()[1].name, "ParseIntError");
    }

    #[test]
    fn a_text_as_error_is_named_error() {
        let error: Box<dyn Error> = "no stock".into();
        let report = ErrorReport::new(error.as_ref());
        assert_eq!((report.name(), report.message().as_str()), ("Error", "no stock"));
    }

    #[test]
    fn a_value_that_is_no_error_has_its_type_and_debug_text() {
        #[derive(Debug)]
        #[allow(dead_code)] // read by Debug
        enum Refusal {
            TooBig(u8),
        }
        let report = ErrorReport::from_debug(&Refusal::TooBig(3));
        assert_eq!((report.name(), report.message().as_str()), ("Refusal", "TooBig(3)"));
    }

    #[test]
    fn a_chain_without_end_is_cut() {
        #[derive(Debug)]
        struct Ring;
        impl std::fmt::Display for Ring {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("ring")
            }
        }
        impl Error for Ring {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Some(&Ring)
            }
        }
        assert_eq!(ErrorReport::new(&Ring).causes().len(), MAX_DEPTH);
    }
}
