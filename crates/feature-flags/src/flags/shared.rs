//! `Shared`, what all clones of a handle share apart from the source.

use std::fmt;

use powertools_lambda_core::Environment;

use crate::FlagsError;

/// What all clones of a handle share apart from the source.
#[derive(Debug)]
pub(super) struct Shared {
    /// The source's name.
    pub(super) source_name: String,
    /// A JSON pointer to the features.
    pub(super) envelope: String,
    pub(super) telemetry: bool,
    pub(super) environment: Environment,
}

impl Shared {
    /// Writes a warning, once per `topic` of this source.
    pub(super) fn warn(&self, topic: fmt::Arguments<'_>, message: fmt::Arguments<'_>) {
        let name = &self.source_name;
        let warnings = self.environment.warnings();
        warnings.once(
            &format!("feature flags: {name}: {topic}"),
            format_args!("feature flags in {name}: {message}"),
        );
    }

    /// Warns that the defaults are used, because there are no flags.
    pub(super) fn warn_without_flags(&self, error: &FlagsError) {
        let cause = std::error::Error::source(error).map(ToString::to_string);
        let cause = cause.unwrap_or_default();
        let warnings = self.environment.warnings();
        warnings.once(
            &format!("feature flags: {}: {error}", self.source_name),
            format_args!("{error}: {cause}: the defaults are used"),
        );
    }
}
