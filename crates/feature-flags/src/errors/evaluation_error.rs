//! `EvaluationError`, the error of a flag that has no usable value.

use std::error::Error;
use std::fmt;

/// The error of a flag that has no usable value: it is unknown, disabled, of another type, or has variants.
pub struct EvaluationError {
    flag: Box<str>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Unknown,
    Disabled,
    Variants,
    Type(Box<str>),
}

impl EvaluationError {
    pub(crate) fn unknown(flag: &str) -> Self {
        Self::new(flag, Kind::Unknown)
    }

    pub(crate) fn disabled(flag: &str) -> Self {
        Self::new(flag, Kind::Disabled)
    }

    pub(crate) fn variants(flag: &str) -> Self {
        Self::new(flag, Kind::Variants)
    }

    pub(crate) fn wrong_type(flag: &str, reason: impl Into<Box<str>>) -> Self {
        Self::new(flag, Kind::Type(reason.into()))
    }

    fn new(flag: &str, kind: Kind) -> Self {
        Self {
            flag: flag.into(),
            kind,
        }
    }

    /// Returns the name of the flag.
    pub fn flag(&self) -> &str {
        &self.flag
    }

    /// Returns whether the document does not have the flag.
    pub fn is_unknown(&self) -> bool {
        matches!(self.kind, Kind::Unknown)
    }

    /// Returns whether attributes were requested of an AppConfig flag that is disabled.
    pub fn is_disabled(&self) -> bool {
        matches!(self.kind, Kind::Disabled)
    }
}

impl fmt::Display for EvaluationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flag = &self.flag;
        match &self.kind {
            Kind::Unknown => write!(f, "feature {flag:?} is not in the document"),
            Kind::Disabled => write!(f, "feature {flag:?} is disabled, so it has no attributes"),
            Kind::Variants => write!(
                f,
                "feature {flag:?} has variants, which only the AppConfig agent can choose: read the flags with `AgentSource`"
            ),
            Kind::Type(reason) => write!(f, "feature {flag:?} has a value of another type: {reason}"),
        }
    }
}

impl fmt::Debug for EvaluationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EvaluationError")
            .field("flag", &self.flag)
            .field("kind", &self.kind)
            .finish()
    }
}

impl Error for EvaluationError {}
