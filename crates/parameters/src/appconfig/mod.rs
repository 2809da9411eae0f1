//! AWS AppConfig, through its data plane API.

mod session;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_appconfigdata::Client;
use aws_sdk_appconfigdata::operation::get_latest_configuration::GetLatestConfigurationOutput;
use aws_types::SdkConfig;
use powertools_lambda_core::{Clock, Environment, service_name};

use crate::aws_error::of_sdk;
use crate::decode::Text;
use crate::{Parameters, Provider, ProviderError, Value};
use session::Session;

/// Configuration of one application and environment in AWS AppConfig, for [`Parameters::appconfig`].
///
/// The name of a parameter is the name or id of a configuration profile. A session is kept for each profile:
///
/// * It is polled no earlier than AppConfig allows (`NextPollIntervalInSeconds`), even with a shorter maximum age or
///   [`force_fetch`](crate::request::Get::force_fetch).
/// * It keeps the last content while AppConfig answers that nothing has changed.
/// * It is renewed before its token expires, and if AppConfig rejects the token.
///
/// AppConfig returns flags with variants in a form that only the agent can evaluate (feature `appconfig-agent`).
///
/// The function needs `appconfig:StartConfigurationSession` and `appconfig:GetLatestConfiguration`.
pub struct AppConfig {
    client: Client,
    application: Option<String>,
    environment: String,
    poll_interval: Option<Duration>,
    clock: Clock,
    sessions: Mutex<HashMap<Box<str>, Session>>,
}

impl AppConfig {
    /// Creates a store for an environment (name or id) with a client, whose credentials, endpoint and retries are used.
    pub fn new(client: Client, environment: impl Into<String>) -> Self {
        Self {
            client,
            application: None,
            environment: environment.into(),
            poll_interval: None,
            clock: Clock::system(),
            sessions: Mutex::default(),
        }
    }

    /// Sets the application by name or id. Default: `POWERTOOLS_SERVICE_NAME`.
    #[must_use = "`application` returns the changed store"]
    pub fn application(mut self, application: impl Into<String>) -> Self {
        self.application = Some(application.into());
        self
    }

    /// Sets the minimum time between polls, 15 s to 24 h. Default: AppConfig decides.
    #[must_use = "`poll_interval` returns the changed store"]
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.poll_interval = Some(interval);
        self
    }

    /// Returns the client, for operations that this crate does not have.
    pub fn client(&self) -> &Client {
        &self.client
    }

    async fn start_session(&self, profile: &str) -> Result<Session, ProviderError> {
        let application = self.application.as_deref();
        let application = application.ok_or_else(|| {
            ProviderError::refused("no application: call `application`, or set POWERTOOLS_SERVICE_NAME")
        })?;
        let interval = self
            .poll_interval
            .map(|interval| i32::try_from(interval.as_secs()).unwrap_or(i32::MAX));
        let call = self.client.start_configuration_session();
        let call = call
            .application_identifier(application)
            .environment_identifier(&self.environment)
            .configuration_profile_identifier(profile)
            .set_required_minimum_poll_interval_in_seconds(interval);
        let answer = call.send().await.map_err(|error| of_sdk(error, &NOT_FOUND))?;
        let token = answer.initial_configuration_token;
        let token = token.ok_or_else(|| ProviderError::unavailable("AppConfig started a session without a token"))?;
        Ok(Session::new(token, &self.clock))
    }

    /// Polls once; returns `None` if AppConfig does not know the session's token.
    async fn poll(&self, session: &mut Session) -> Result<Option<GetLatestConfigurationOutput>, ProviderError> {
        let call = self
            .client
            .get_latest_configuration()
            .set_configuration_token(session.token.take());
        match call.clone().send().await {
            Ok(answer) => Ok(Some(answer)),
            Err(error) => {
                let unknown = error
                    .as_service_error()
                    .is_some_and(aws_sdk_appconfigdata::operation::get_latest_configuration::GetLatestConfigurationError::is_bad_request_exception);
                if unknown {
                    return Ok(None);
                }
                // The token was not used: the next poll tries it again.
                session.token = call.get_configuration_token().clone();
                Err(of_sdk(error, &NOT_FOUND))
            }
        }
    }

    /// Returns the content, if it must not be polled yet, or the session to poll.
    ///
    /// The session takes its token with it: a token is valid for one poll, and a dropped poll has used it.
    fn take(&self, profile: &str) -> Result<Value, Session> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let session = sessions.get_mut(profile).ok_or_else(Session::default)?;
        session
            .content_not_to_be_polled(&self.clock)
            .ok_or_else(|| session.take())
    }

    fn put(&self, profile: &str, session: Session) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.insert(profile.into(), session);
    }
}

/// The handle on AppConfig, for signatures: `async fn handler(appconfig: &AppConfigParameters, …)`.
pub type AppConfigParameters = Parameters<AppConfig>;

impl Parameters<AppConfig> {
    /// Creates a handle on an environment of the application `POWERTOOLS_SERVICE_NAME` from the SDK's configuration.
    ///
    /// For a custom client or another application, pass [`AppConfig::new`] to [`Parameters::new`].
    pub fn appconfig(config: &SdkConfig, environment: impl Into<String>) -> Self {
        Self::new(AppConfig::new(Client::new(config), environment))
    }
}

/// The error code of a missing application, environment or profile.
const NOT_FOUND: [&str; 1] = ["ResourceNotFoundException"];

impl Provider for AppConfig {
    const STORE: &'static str = "AppConfig";
    type Options = ();
    type Default = Text;

    fn start(&mut self, environment: &Environment) {
        self.clock = environment.clock().clone();
        self.application = self
            .application
            .take()
            .or_else(|| service_name(environment.variables()));
    }

    async fn get(&self, name: &str, (): &()) -> Result<Value, ProviderError> {
        let mut session = match self.take(name) {
            Ok(content) => return Ok(content),
            Err(session) => session,
        };
        let mut content = session.content.clone();
        if !session.is_alive(&self.clock) {
            session = self.start_session(name).await?;
        }
        let answer = match self.poll(&mut session).await {
            Ok(Some(answer)) => answer,
            Ok(None) => {
                session = self.start_session(name).await?;
                match self.poll(&mut session).await? {
                    Some(answer) => answer,
                    None => return Err(ProviderError::refused("AppConfig rejected the token of a new session")),
                }
            }
            Err(error) => {
                session.content = content;
                self.put(name, session);
                return Err(error);
            }
        };
        let body = answer
            .configuration
            .map(aws_sdk_appconfigdata::primitives::Blob::into_inner);
        // An empty body means that nothing has changed.
        content = body.filter(|body| !body.is_empty()).map(Value::binary).or(content);
        session.token = answer.next_poll_configuration_token;
        session.polled(answer.next_poll_interval_in_seconds, content.clone(), &self.clock);
        self.put(name, session);
        content.ok_or_else(|| ProviderError::not_found().with_source("AppConfig returned an empty configuration"))
    }

    fn after_restore(&self) {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl fmt::Debug for AppConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppConfig")
            .field("application", &self.application)
            .field("environment", &self.environment)
            .field("poll_interval", &self.poll_interval)
            .finish_non_exhaustive()
    }
}
