//! `ParameterSource`, a document in a parameter of any store.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use powertools_lambda_parameters::{Parameters, Provider};

use super::source::FlagSource;
use crate::{DocumentFormat, EvaluationContext};

/// A document in a parameter of any store: AWS AppConfig, SSM Parameter Store, and all others of
/// [`powertools_lambda_parameters`].
///
/// The cache, the maximum age and the errors are those of the handle: the maximum age is 5 seconds by default, so a new version
/// is seen within that time. It is compiled when it arrives.
///
/// AppConfig's data plane, `Parameters::appconfig`, does not choose the variants of flags: for those, use `AgentSource`
/// (feature `appconfig-agent`).
pub struct ParameterSource<P: Provider> {
    parameters: Parameters<P>,
    parameter: Box<str>,
    name: Box<str>,
    format: Option<DocumentFormat>,
}

impl<P: Provider> ParameterSource<P> {
    /// Creates a source that reads a parameter: for AppConfig, the name of a configuration profile.
    pub fn new(parameters: Parameters<P>, name: &str) -> Self {
        Self {
            parameters,
            parameter: name.into(),
            name: format!("parameter {name:?} in {}", P::STORE).into(),
            format: None,
        }
    }

    /// Sets the format of the document. Default: it is recognized, as [`FlagSource::format`] describes.
    #[must_use = "`format` returns the changed source"]
    pub fn format(mut self, format: DocumentFormat) -> Self {
        self.format = Some(format);
        self
    }
}

impl<P: Provider> FlagSource for ParameterSource<P> {
    fn name(&self) -> &str {
        &self.name
    }

    fn format(&self) -> Option<DocumentFormat> {
        self.format
    }

    async fn read(&self, _context: &EvaluationContext) -> Result<Arc<str>, Box<dyn Error + Send + Sync>> {
        Ok(self.parameters.get(&self.parameter).text().await?)
    }
}

impl<P: Provider> fmt::Debug for ParameterSource<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParameterSource")
            .field("name", &self.name)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}
