//! `AppConfigAgent`, the store on the AWS AppConfig Agent Lambda extension.

use std::collections::BTreeMap;

use powertools_lambda_core::{Environment, service_name};

use super::http::{self, push_encoded};
use crate::decode::Text;
use crate::request::Get;
use crate::{Parameters, Provider, ProviderError, Value};

/// Configuration of one application and environment through the AWS AppConfig Agent Lambda extension.
///
/// The function does not need the AWS SDK, and the agent polls AppConfig between invocations. The name of a parameter is
/// the name of a configuration profile. The agent answers from its own copy, so a short maximum age costs little.
#[derive(Clone, Debug)]
pub struct AppConfigAgent {
    application: Option<String>,
    environment: String,
    port: u16,
}

/// The options of a request to the agent.
///
/// [`Get::flag`], [`Get::context`] and [`Get::entity_id`] set them. For
/// [`names_with`](crate::request::GetByNames::names_with), change the fields; in a custom provider, start from
/// `AppConfigAgentOptions::default()`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct AppConfigAgentOptions {
    /// The feature flags to read. Default: empty, for all flags.
    pub flags: Vec<String>,
    /// The context by which the agent chooses among the variants of flags. Default: empty.
    pub context: BTreeMap<String, String>,
    /// The user or segment that gets the same version throughout a gradual deployment. Default: none.
    pub entity_id: Option<String>,
}

const PORT_VARIABLE: &str = "AWS_APPCONFIG_EXTENSION_HTTP_PORT";
const DEFAULT_PORT: u16 = 2772;
const CONTEXT_HEADER: &str = "context";
const ENTITY_HEADER: &str = "entity-id";

impl AppConfigAgent {
    /// Creates a store for an environment (name or id).
    ///
    /// The agent is reached at 127.0.0.1, port `AWS_APPCONFIG_EXTENSION_HTTP_PORT`. Default: 2772.
    pub fn new(environment: impl Into<String>) -> Self {
        Self {
            application: None,
            environment: environment.into(),
            port: DEFAULT_PORT,
        }
    }

    /// Sets the application by name or id. Default: `POWERTOOLS_SERVICE_NAME`.
    #[must_use = "`application` returns the changed store"]
    pub fn application(mut self, application: impl Into<String>) -> Self {
        self.application = Some(application.into());
        self
    }
}

/// The handle on the AppConfig agent, for signatures.
pub type AppConfigAgentParameters = Parameters<AppConfigAgent>;

impl Parameters<AppConfigAgent> {
    /// Creates a handle on an environment of the application `POWERTOOLS_SERVICE_NAME` through the agent.
    ///
    /// For another application, pass [`AppConfigAgent::new`] to [`Parameters::new`].
    pub fn appconfig_agent(environment: impl Into<String>) -> Self {
        Self::new(AppConfigAgent::new(environment))
    }
}

impl<D> Get<'_, AppConfigAgent, D> {
    /// Reads only this feature flag of the profile; call it again for another flag. Default: all flags.
    pub fn flag(self, name: impl Into<String>) -> Self {
        self.options(|options| options.flags.push(name.into()))
    }

    /// Sets a key of the context, by which the agent chooses among the variants of flags; call it again for another key.
    ///
    /// Each context has its own cached answer. A context with many values, such as the ids of users, fills the
    /// [capacity](crate::ParametersBuilder::capacity) of the cache.
    ///
    /// ```
    /// # use powertools_lambda_parameters::GetError;
    /// # use powertools_lambda_parameters::extension::AppConfigAgentParameters;
    /// # async fn example(agent: &AppConfigAgentParameters) -> Result<(), GetError> {
    /// let flags = agent.get("flags").context("userId", "4711").context("country", "DE").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// The read is refused if the key or the value contains a comma or a control character, or the key an `=`: the agent
    /// has no escapes for them.
    pub fn context(self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.options(|options| drop(options.context.insert(key.into(), value.into())))
    }

    /// Sets the user or segment, which then gets the same version of the configuration throughout a gradual deployment.
    ///
    /// Up to 2 kB. As for [`context`](Self::context), each id has its own cached answer.
    pub fn entity_id(self, id: impl Into<String>) -> Self {
        self.options(|options| options.entity_id = Some(id.into()))
    }
}

impl Provider for AppConfigAgent {
    const STORE: &'static str = "AppConfig (agent)";
    type Options = AppConfigAgentOptions;
    type Default = Text;

    fn start(&mut self, environment: &Environment) {
        self.application = self
            .application
            .take()
            .or_else(|| service_name(environment.variables()));
        self.port = environment
            .variables()
            .parse(PORT_VARIABLE, "a port")
            .unwrap_or(DEFAULT_PORT);
    }

    async fn get(&self, name: &str, options: &AppConfigAgentOptions) -> Result<Value, ProviderError> {
        let application = self.application.as_deref().ok_or_else(|| {
            ProviderError::refused("no application: call `application`, or set POWERTOOLS_SERVICE_NAME")
        })?;
        let mut target = String::new();
        let parts = [
            ("/applications/", application),
            ("/environments/", &self.environment),
            ("/configurations/", name),
        ];
        for (part, value) in parts {
            target.push_str(part);
            push_encoded(&mut target, value);
        }
        for (at, flag) in options.flags.iter().enumerate() {
            target.push_str(if at == 0 { "?flag=" } else { "&flag=" });
            push_encoded(&mut target, flag);
        }
        let context = context_header(&options.context)?;
        let context = context.as_deref().map(|context| (CONTEXT_HEADER, context));
        let entity = options.entity_id.as_deref().map(|id| (ENTITY_HEADER, id));
        if entity.is_some_and(|(_, id)| id.contains(char::is_control)) {
            return Err(ProviderError::refused("the entity id contains a control character"));
        }
        let headers: Vec<_> = context.into_iter().chain(entity).collect();
        let body = http::get(self.port, &target, &headers, &[]).await?;
        Ok(Value::binary(body.to_vec()))
    }
}

/// Returns the header of a context, `key=value,key=value`. The error names the key and not the value.
fn context_header(context: &BTreeMap<String, String>) -> Result<Option<String>, ProviderError> {
    let mut header = String::new();
    for (key, value) in context {
        let is_separator = |character: char| character == ',' || character.is_control();
        if key.is_empty() || key.contains('=') || key.contains(is_separator) || value.contains(is_separator) {
            return Err(ProviderError::refused(format!(
                "the agent cannot receive the context {key:?}: neither key nor value can contain a comma or a control \
                 character, and the key no `=`"
            )));
        }
        if !header.is_empty() {
            header.push(',');
        }
        header.push_str(key);
        header.push('=');
        header.push_str(value);
    }
    Ok(Some(header).filter(|header| !header.is_empty()))
}
