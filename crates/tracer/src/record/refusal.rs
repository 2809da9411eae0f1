//! [`Refusal`], why a value was not added to a record.

use std::fmt;

use powertools_lambda_core::Warnings;

/// Why a value was not added to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    AnnotationKey,
    OwnAnnotation,
    NotScalar,
    NotFinite,
    TooManyAnnotations,
    ReservedKey,
    TooLarge,
}

impl Refusal {
    /// Warns that the value with this key is missing in the trace, once for each key and reason.
    pub(crate) fn warn(self, key: &str, warnings: &Warnings) {
        warnings.once(
            &format!("{self:?} {key}"),
            format_args!("{key:?} is left out of the trace: {self}"),
        );
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AnnotationKey => "an annotation key must have 1 to 500 characters of A-Z a-z 0-9 _",
            Self::OwnAnnotation => "the annotations ColdStart and Service are the tracer's: use another key",
            Self::NotScalar => "an annotation must be a text, a number or a boolean",
            Self::NotFinite => "an annotation must not be infinite or NaN",
            Self::TooManyAnnotations => "a span has at most 50 annotations",
            Self::ReservedKey => "a metadata key must have 1 to 500 characters and must not begin with AWS.",
            Self::TooLarge => "a span holds at most 64 kB",
        })
    }
}
