//! `Evaluation`, the result of evaluating one flag.

use std::fmt;

use serde::de::DeserializeOwned;

use crate::EvaluationError;
use crate::document::Answer;
use crate::values::{FlagValue, typed};

/// The result of evaluating one flag, from [`Snapshot::evaluate`](crate::Snapshot::evaluate).
#[derive(Clone, Copy)]
pub struct Evaluation<'a> {
    pub(super) flag: &'a str,
    pub(super) answer: Answer<'a>,
}

impl<'a> Evaluation<'a> {
    /// Returns whether the flag is enabled.
    ///
    /// A Powertools feature is enabled if its value is not `false`, `null`, `0`, `""`, `[]` or `{}`.
    pub fn is_enabled(&self) -> bool {
        match self.answer {
            Answer::Value { is_enabled, .. } => is_enabled,
            Answer::Flag { enabled, .. } => enabled,
            Answer::Variants => false,
        }
    }

    /// Returns the name of the rule that matched, or `None` for the feature's default and for a flag of AppConfig.
    pub fn rule(&self) -> Option<&'a str> {
        match self.answer {
            Answer::Value { rule, .. } => rule,
            Answer::Flag { .. } | Answer::Variants => None,
        }
    }

    /// Returns the value of a Powertools feature, or the attributes of a flag of AppConfig, as a type.
    ///
    /// As a `bool`, the value of a flag of AppConfig is whether the flag is enabled.
    ///
    /// # Errors
    ///
    /// Returns an error if the value is of another type, or if attributes are requested of a flag that is disabled.
    pub fn value<T: DeserializeOwned>(&self) -> Result<T, EvaluationError> {
        let value = FlagValue::of(self.answer).ok_or_else(|| EvaluationError::variants(self.flag))?;
        typed(self.flag, value)
    }
}

impl fmt::Debug for Evaluation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evaluation")
            .field("flag", &self.flag)
            .field("is_enabled", &self.is_enabled())
            .field("rule", &self.rule())
            .finish_non_exhaustive()
    }
}
