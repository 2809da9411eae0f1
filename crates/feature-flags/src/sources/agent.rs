//! `AgentSource`, AppConfig's own flags through its agent.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use powertools_lambda_parameters::Parameters;
use powertools_lambda_parameters::extension::AppConfigAgent;
use serde_json::Value;

use super::source::FlagSource;
use crate::{DocumentFormat, EvaluationContext};

/// AppConfig's own flags through the AWS AppConfig Agent Lambda extension, which chooses the variants of flags.
///
/// The texts, numbers and booleans of the context are sent to the agent in one request, which returns all flags. Each
/// context has its own cached answer, for the maximum age of the handle: 5 seconds by default. List the keys that the flags'
/// rules use with [`context_keys`](Self::context_keys), so that contexts that differ only in other keys share an answer.
///
/// A read fails if a key or a value contains a comma or a control character, or a key an `=`, because the agent has no
/// escapes for them. For a Powertools document, use [`ParameterSource`](crate::ParameterSource) with
/// `Parameters::appconfig_agent`.
///
/// ```
/// use powertools_lambda_feature_flags::{AgentSource, FeatureFlags};
/// use powertools_lambda_parameters::Parameters;
///
/// let agent = Parameters::appconfig_agent("live");
/// let flags = FeatureFlags::new(AgentSource::new(agent, "flags").context_keys(["userId", "country"]));
/// ```
pub struct AgentSource {
    parameters: Parameters<AppConfigAgent>,
    profile: Box<str>,
    name: Box<str>,
    /// The keys to send; all of them if there is no list.
    keys: Option<Vec<String>>,
}

impl AgentSource {
    /// Creates a source that reads the flags of a configuration profile.
    pub fn new(parameters: Parameters<AppConfigAgent>, profile: &str) -> Self {
        Self {
            parameters,
            profile: profile.into(),
            name: format!("profile {profile:?} of the AppConfig agent").into(),
            keys: None,
        }
    }

    /// Sets the keys of the context that are sent to the agent. Default: all keys.
    #[must_use = "`context_keys` returns the changed source"]
    pub fn context_keys<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.keys = Some(keys.into_iter().map(Into::into).collect());
        self
    }

    /// Returns the part of a context that is sent. The agent has neither lists nor null.
    fn sent(&self, context: &EvaluationContext) -> BTreeMap<String, String> {
        let is_sent = |key: &str| {
            self.keys
                .as_ref()
                .is_none_or(|keys| keys.iter().any(|known| known == key))
        };
        let text = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        };
        let pairs = context.iter().filter(|(key, _)| is_sent(key));
        pairs
            .filter_map(|(key, value)| Some((key.to_owned(), text(value)?)))
            .collect()
    }
}

impl FlagSource for AgentSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn format(&self) -> Option<DocumentFormat> {
        Some(DocumentFormat::AppConfig)
    }

    fn variation(&self, context: &EvaluationContext) -> Option<String> {
        let sent = self.sent(context);
        (!sent.is_empty()).then(|| format!("{sent:?}"))
    }

    async fn read(&self, context: &EvaluationContext) -> Result<Arc<str>, Box<dyn Error + Send + Sync>> {
        let sent = self.sent(context);
        let request = self.parameters.get(&self.profile);
        Ok(request.options(|options| options.context = sent).text().await?)
    }
}

impl fmt::Debug for AgentSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentSource")
            .field("name", &self.name)
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}
