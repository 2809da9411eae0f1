//! Why something was not taken into a record.

use std::fmt;

use powertools_lambda_core::Warnings;

/// Why something was not taken into a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    AnnotationKey,
    NotScalar,
    NotFinite,
    TooManyAnnotations,
    ReservedKey,
    TooLarge,
}

impl Refusal {
    /// Warns that what has this key is missing in the trace, once for each key and reason.
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
            Self::AnnotationKey => "an annotation key has 1 to 500 of A-Z a-z 0-9 _",
            Self::NotScalar => "an annotation is a text, a number or a boolean",
            Self::NotFinite => "an annotation is no infinity and not NaN",
            Self::TooManyAnnotations => "a span has 50 annotations at most",
            Self::ReservedKey => "a metadata key has 1 to 500 characters and does not begin with AWS.",
            Self::TooLarge => "a span holds 64 kB at most",
        })
    }
}
