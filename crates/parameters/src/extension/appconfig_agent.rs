//! `AppConfigAgent`, the store on the AWS AppConfig Agent Lambda extension.

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
/// [`Get::flag`] sets them. For [`names_with`](crate::request::GetByNames::names_with), change the field; in a custom
/// provider, start from `AppConfigAgentOptions::default()`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct AppConfigAgentOptions {
    /// The feature flags to read. Default: empty, for all flags.
    pub flags: Vec<String>,
}

const PORT_VARIABLE: &str = "AWS_APPCONFIG_EXTENSION_HTTP_PORT";
const DEFAULT_PORT: u16 = 2772;

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
        match http::get(self.port, &target, None, &[]).await {
            Ok(body) => Ok(Value::binary(body.to_vec())),
            Err(error) => Err(error),
        }
    }
}
