//! AWS AppConfig, through its data plane.

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
/// A name is a configuration profile's, by name or id. A session is kept for each, polled no sooner than AppConfig allows
/// (`NextPollIntervalInSeconds`, whatever the maximum age and [`force_fetch`](crate::request::Get::force_fetch)), keeps the last
/// content while AppConfig answers that it has not changed, and is begun anew before its token dies or when AppConfig no
/// longer knows it. The function needs `appconfig:StartConfigurationSession` and `appconfig:GetLatestConfiguration`.
pub struct AppConfig {
    client: Client,
    application: Option<String>,
    environment: String,
    poll_interval: Option<Duration>,
    clock: Clock,
    sessions: Mutex<HashMap<Box<str>, Session>>,
}

impl AppConfig {
    /// Creates a store on a client, with whatever credentials, endpoint and retries it has.
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

    /// Sets the application, by name or id: `POWERTOOLS_SERVICE_NAME`.
    #[must_use]
    pub fn application(mut self, application: impl Into<String>) -> Self {
        self.application = Some(application.into());
        self
    }

    /// Sets how long AppConfig wants to be left alone between polls, 15 s to 24 h; AppConfig's own choice otherwise.
    #[must_use]
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.poll_interval = Some(interval);
        self
    }

    /// Returns the client, for what the utility has no words for.
    pub fn client(&self) -> &Client {
        &self.client
    }

    async fn start_session(&self, profile: &str) -> Result<Session, ProviderError> {
        let application = self.application.as_deref();
        let application = application.ok_or_else(|| {
            ProviderError::refused("no application: name it, or the service by POWERTOOLS_SERVICE_NAME")
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
        let token = token.ok_or_else(|| ProviderError::unavailable("AppConfig began a session without a token"))?;
        Ok(Session::new(token, &self.clock))
    }

    /// Polls once; a session whose token AppConfig does not know is none.
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
                // It was not used: the next poll tries it again.
                session.token = call.get_configuration_token().clone();
                Err(of_sdk(error, &NOT_FOUND))
            }
        }
    }

    /// Returns the content that is not to be polled yet, or the session to poll.
    ///
    /// Its token goes with it: a token is good for one poll, and a poll that is dropped has used it.
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

impl Parameters<AppConfig> {
    /// Creates a handle on the configuration of the application `POWERTOOLS_SERVICE_NAME` in `environment` from the SDK's
    /// configuration; for a client of one's own, or another application, see [`AppConfig::new`].
    pub fn appconfig(config: &SdkConfig, environment: impl Into<String>) -> Self {
        Self::new(AppConfig::new(Client::new(config), environment))
    }
}

/// Codes of "there is none": the application, the environment or the profile.
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
                    None => return Err(ProviderError::refused("AppConfig refuses the token it has just given")),
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
        // Nothing means that nothing has changed.
        content = body.filter(|body| !body.is_empty()).map(Value::binary).or(content);
        session.token = answer.next_poll_configuration_token;
        session.polled(answer.next_poll_interval_in_seconds, content.clone(), &self.clock);
        self.put(name, session);
        content.ok_or_else(|| ProviderError::not_found().with_source("AppConfig answered with an empty configuration"))
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
