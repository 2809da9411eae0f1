//! What changes an answer of Secrets Manager, and the words for it.

use std::borrow::Cow;

use crate::Provider;
use crate::request::Get;

/// What changes an answer of Secrets Manager beside the name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SecretsOptions {
    /// The version by its id.
    pub version_id: Option<Cow<'static, str>>,
    /// The version by its stage; `AWSCURRENT` where neither is given.
    pub version_stage: Option<Cow<'static, str>>,
}

impl<P: Provider<Options = SecretsOptions>, D> Get<'_, P, D> {
    /// Reads the version with this id.
    pub fn version_id(self, id: impl Into<Cow<'static, str>>) -> Self {
        self.options(|options| options.version_id = Some(id.into()))
    }

    /// Reads the version at this stage: `AWSPREVIOUS`, `AWSPENDING`, or one of your own.
    pub fn version_stage(self, stage: impl Into<Cow<'static, str>>) -> Self {
        self.options(|options| options.version_stage = Some(stage.into()))
    }
}
