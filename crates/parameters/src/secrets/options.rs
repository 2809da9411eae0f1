//! `SecretsOptions`, and the methods of requests that set them.

use std::borrow::Cow;

use crate::Provider;
use crate::request::Get;

/// The options of a request to Secrets Manager.
///
/// The methods of the requests set them, such as [`Get::version_stage`]. For
/// [`names_with`](crate::request::GetByNames::names_with), change the fields; in a custom provider, start from
/// `SecretsOptions::default()`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SecretsOptions {
    /// The version's id.
    pub version_id: Option<Cow<'static, str>>,
    /// The version's stage. Default: `AWSCURRENT`, unless an id is set.
    pub version_stage: Option<Cow<'static, str>>,
}

impl<P: Provider<Options = SecretsOptions>, D> Get<'_, P, D> {
    /// Reads the version with this id.
    pub fn version_id(self, id: impl Into<Cow<'static, str>>) -> Self {
        self.options(|options| options.version_id = Some(id.into()))
    }

    /// Reads the version at this stage: `AWSPREVIOUS`, `AWSPENDING` or a custom one. Default: `AWSCURRENT`.
    pub fn version_stage(self, stage: impl Into<Cow<'static, str>>) -> Self {
        self.options(|options| options.version_stage = Some(stage.into()))
    }
}
