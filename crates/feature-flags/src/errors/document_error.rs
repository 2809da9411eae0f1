//! `DocumentError`, what is wrong with a document of feature flags, and where.

use std::error::Error;
use std::fmt;

/// The error of a document of feature flags that is not valid. Its text contains the place and what is wrong.
///
/// No value of a condition is shown, because it may be personal data. `Display` looks like this:
///
/// ```text
/// feature "cart", rule "premium customers", condition 2: `value.START` must be a time of the form HH:MM
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentError {
    feature: Option<Box<str>>,
    rule: Option<Box<str>>,
    condition: Option<usize>,
    problem: Box<str>,
}

impl DocumentError {
    pub(crate) fn new(problem: impl Into<Box<str>>) -> Self {
        Self {
            feature: None,
            rule: None,
            condition: None,
            problem: problem.into(),
        }
    }

    pub(crate) fn in_feature(mut self, name: &str) -> Self {
        self.feature = Some(name.into());
        self
    }

    pub(crate) fn in_rule(mut self, name: &str) -> Self {
        self.rule = Some(name.into());
        self
    }

    /// Sets the number of the condition, from 1.
    pub(crate) fn in_condition(mut self, number: usize) -> Self {
        self.condition = Some(number);
        self
    }

    /// Returns the name of the feature that is not valid, or `None` if it is the document as a whole.
    pub fn feature(&self) -> Option<&str> {
        self.feature.as_deref()
    }

    /// Returns the name of the rule that is not valid, or `None` if it is the feature as a whole.
    pub fn rule(&self) -> Option<&str> {
        self.rule.as_deref()
    }

    /// Returns the number of the condition that is not valid, from 1, or `None` if it is the rule as a whole.
    pub fn condition(&self) -> Option<usize> {
        self.condition
    }
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(feature) = &self.feature else {
            return f.write_str(&self.problem);
        };
        write!(f, "feature {feature:?}")?;
        if let Some(rule) = &self.rule {
            write!(f, ", rule {rule:?}")?;
        }
        if let Some(condition) = &self.condition {
            write!(f, ", condition {condition}")?;
        }
        write!(f, ": {}", self.problem)
    }
}

impl Error for DocumentError {}
