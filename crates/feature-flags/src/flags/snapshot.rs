//! `Snapshot`, one version of the flags with one context.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::evaluation::Evaluation;
use super::shared::Shared;
use super::telemetry::tell;
use crate::document::{Answer, Document};
use crate::values::{FlagSet, FlagValue, read_struct};
use crate::{EvaluationContext, EvaluationError};

/// One version of the flags, with one context: all its evaluations agree, and none waits or fails.
///
/// [`FeatureFlags::snapshot`](crate::FeatureFlags::snapshot) returns it, or the error that the methods of `FeatureFlags`
/// replace with defaults. A condition on the time is evaluated with the current time.
///
/// A flag without a usable value gives the default and one warning: the document does not have the flag, its value is of another
/// type, or its variant was not chosen. [`evaluate`](Self::evaluate) returns these errors.
pub struct Snapshot<'a> {
    shared: &'a Shared,
    document: Arc<Document>,
    context: Cow<'a, EvaluationContext>,
}

impl<'a> Snapshot<'a> {
    pub(super) fn new(shared: &'a Shared, document: Arc<Document>, context: Cow<'a, EvaluationContext>) -> Self {
        Self {
            shared,
            document,
            context,
        }
    }

    /// Returns whether a flag is enabled. Default: `false`.
    ///
    /// A Powertools feature is enabled if its value is not `false`, `null`, `0`, `""`, `[]` or `{}`. This does not allocate.
    pub fn is_enabled(&self, name: &str) -> bool {
        self.is_enabled_or(name, false)
    }

    /// Returns whether a flag is enabled, or `default` if the flag has no usable value.
    pub fn is_enabled_or(&self, name: &str, default: bool) -> bool {
        match self.evaluate(name) {
            Ok(evaluation) => evaluation.is_enabled(),
            Err(error) => {
                self.warn(&error);
                default
            }
        }
    }

    /// Returns the value of a flag as a type, or `default` if the flag has no usable value.
    ///
    /// The value of a flag of AppConfig is the object of its attributes or, as a `bool`, whether the flag is enabled.
    /// For the attributes of a disabled flag, `default` is returned without a warning.
    pub fn value<T: DeserializeOwned>(&self, name: &str, default: T) -> T {
        let value = self.evaluate(name).and_then(|evaluation| evaluation.value());
        value.unwrap_or_else(|error| {
            self.warn(&error);
            default
        })
    }

    /// Returns the names of all enabled flags, in the order of the document.
    pub fn enabled(&self) -> Vec<&str> {
        let is_enabled = |name: &&str| self.evaluate(name).is_ok_and(|evaluation| evaluation.is_enabled());
        self.document.names().filter(is_enabled).collect()
    }

    /// Reads a struct whose fields are named like flags.
    ///
    /// A field without a usable value gets its default, with one warning; put `#[serde(default)]` on the struct. The fields
    /// of a disabled flag of AppConfig get their defaults without a warning, apart from a `bool`, which is `false`. If the
    /// type is not a struct, or a field has no default, the result is `T::default()`, with one warning.
    pub fn load<T: DeserializeOwned + Default>(&self) -> T {
        read_struct(&self).unwrap_or_else(|error| {
            let name = std::any::type_name::<T>();
            self.shared.warn(
                format_args!("type {name}"),
                format_args!(
                    "{name} cannot be read: {error}: its default is used; add `#[serde(default)]` to the struct"
                ),
            );
            T::default()
        })
    }

    /// Evaluates a flag.
    ///
    /// # Errors
    ///
    /// Returns an error if the document does not have the flag, or if the flag is a multi-variant flag of AppConfig that
    /// was not read through the agent.
    pub fn evaluate<'s>(&'s self, name: &'s str) -> Result<Evaluation<'s>, EvaluationError> {
        let answer = self.answer(name)?;
        Ok(Evaluation { flag: name, answer })
    }

    fn answer(&self, name: &str) -> Result<Answer<'_>, EvaluationError> {
        let environment = &self.shared.environment;
        let warn = |rule: &str, key: &str, action: &str| self.warn_operand(name, rule, key, action);
        let answer = self.document.evaluate(name, &self.context, environment.clock(), &warn);
        match answer {
            None => Err(EvaluationError::unknown(name)),
            Some(Answer::Variants) => Err(EvaluationError::variants(name)),
            Some(answer) => {
                if self.shared.telemetry {
                    tell(name, answer);
                }
                Ok(answer)
            }
        }
    }

    fn warn(&self, error: &EvaluationError) {
        if !error.is_disabled() {
            let topic = format_args!("{}", error.flag());
            self.shared.warn(topic, format_args!("{error}: the default is used"));
        }
    }

    /// Warns about a condition without showing a value, which may be personal data.
    #[cold]
    fn warn_operand(&self, feature: &str, rule: &str, key: &str, action: &str) {
        self.shared.warn(
            format_args!("{feature}: {rule}: {key}: {action}"),
            format_args!(
                "feature {feature:?}, rule {rule:?}: {action} cannot compare the value of the key {key:?}, because the \
                 types do not fit: the condition does not match"
            ),
        );
    }
}

impl<'s> FlagSet<'s> for &'s Snapshot<'_> {
    fn names(&self) -> Vec<&'s str> {
        self.document.names().collect()
    }

    fn evaluate(&self, name: &str) -> Result<FlagValue<'s>, EvaluationError> {
        let snapshot: &'s Snapshot<'_> = self;
        FlagValue::of(snapshot.answer(name)?).ok_or_else(|| EvaluationError::variants(name))
    }

    fn left_out(&self, error: &EvaluationError) {
        self.warn(error);
    }
}

impl fmt::Debug for Snapshot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("source", &self.shared.source_name)
            .finish_non_exhaustive()
    }
}
