//! [`Setup`]: creates everything that a function needs from the environment.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use lambda_runtime::Error;
use powertools_lambda::Powertools;
use powertools_lambda::core::{Clock, Environment};
use powertools_lambda::feature_flags::{FeatureFlags, ParameterSource};
use powertools_lambda::idempotency::Idempotency;
use powertools_lambda::idempotency::dynamodb::DynamoDbStore;
use powertools_lambda::parameters::Parameters;
use powertools_lambda::parameters::appconfig::AppConfig;
use powertools_lambda::parameters::secrets::SecretsManager;
use powertools_lambda::parameters::ssm::Ssm;

use crate::api::Offers;
use crate::booking::Bookings;
use crate::loyalty::{Points, SnsTopic};
use crate::payments::PaymentApi;
use crate::saga::StepFunctions;
use crate::table::DynamoDbTable;

/// The maximum number of attempts for an AWS call and their timeouts.
const CALL_ATTEMPTS: u32 = 6;
const CALL_BACKOFF: Duration = Duration::from_millis(50);
const MAX_CALL_BACKOFF: Duration = Duration::from_secs(1);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(1);

/// The longest duration of an AWS call, with all attempts.
const CALL_TIMEOUT: Duration = Duration::from_secs(3);

/// How long expired parameters are used if they cannot be read again.
const STALE_IF_ERROR: Duration = Duration::from_hours(1);

/// How long duplicates of a step are recognised: longer than a saga takes.
const STEPS_EXPIRE_AFTER: Duration = Duration::from_hours(24);

/// Creates everything that a function needs from its environment, and runs the function.
#[derive(Debug)]
pub struct Setup {
    powertools: Powertools,
    environment: Environment,
    sdk: SdkConfig,
}

/// The feature flags, in AppConfig.
pub type Flags = FeatureFlags<ParameterSource<AppConfig>>;

/// The configuration profile of the flags, and the environment.
const FLAGS_PROFILE: &str = "flags";
const FLAGS_ENVIRONMENT: &str = "live";

/// A required variable is not set, or not a number.
#[derive(Debug, thiserror::Error)]
#[error("the environment variable {0} is not set, or not as expected")]
struct InvalidVariable(&'static str);

/// Creates a client whose calls are traced: `SdkConfig` cannot hold an interceptor.
macro_rules! client {
    ($setup:ident, $sdk:ident) => {{
        let config = $sdk::config::Builder::from(&$setup.sdk);
        $sdk::Client::from_conf(config.interceptor($setup.powertools.tracer().aws_interceptor()).build())
    }};
}

impl Setup {
    /// Sets up logs, metrics, traces and the SDK's configuration.
    ///
    /// # Errors
    ///
    /// If the toolkit cannot be set up.
    pub async fn from_env() -> Result<Self, Error> {
        let powertools = Powertools::builder().build();
        // Also logs events before the first invocation.
        powertools.init()?;
        let retries = RetryConfig::standard()
            .with_max_attempts(CALL_ATTEMPTS)
            .with_initial_backoff(CALL_BACKOFF)
            .with_max_backoff(MAX_CALL_BACKOFF);
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .operation_timeout(CALL_TIMEOUT)
            .build();
        let sdk = aws_config::defaults(BehaviorVersion::latest())
            .retry_config(retries)
            .timeout_config(timeouts)
            .load()
            .await;
        Ok(Self {
            powertools,
            environment: Environment::process(),
            sdk,
        })
    }

    /// Returns the clock.
    pub fn clock(&self) -> Clock {
        self.environment.clock().clone()
    }

    /// Creates the bookings, in the table `BOOKING_TABLE`.
    ///
    /// # Errors
    ///
    /// If the variable is not set.
    pub fn bookings(&self) -> Result<Bookings<DynamoDbTable>, Error> {
        Ok(Bookings::new(self.table("BOOKING_TABLE")?))
    }

    /// Creates the loyalty accounts, in the table `LOYALTY_TABLE`.
    ///
    /// # Errors
    ///
    /// If the variable is not set.
    pub fn points(&self) -> Result<Points<DynamoDbTable>, Error> {
        Ok(Points::new(self.table("LOYALTY_TABLE")?))
    }

    /// Creates the idempotency of a piece of work, in the table `IDEMPOTENCY_TABLE`.
    ///
    /// # Errors
    ///
    /// If the variable is not set.
    pub fn idempotency(&self, name: &str) -> Result<Idempotency, Error> {
        let store = DynamoDbStore::new(client!(self, aws_sdk_dynamodb), self.text("IDEMPOTENCY_TABLE")?);
        Ok(Idempotency::builder(store, name)
            .expires_after(STEPS_EXPIRE_AFTER)
            .build())
    }

    /// Creates the payment API's client, from the parameter `PAYMENT_URL_PARAMETER` and the secret `PAYMENT_KEY_SECRET`, and
    /// reads both in advance.
    ///
    /// # Errors
    ///
    /// If a variable is not set, or TLS cannot be set up.
    pub async fn payments(&self) -> Result<PaymentApi, Error> {
        let (parameters, secrets) = (self.parameters(), self.secrets());
        let (url, key) = (self.text("PAYMENT_URL_PARAMETER")?, self.text("PAYMENT_KEY_SECRET")?);
        // An error is reported by the first use.
        let _ = parameters.get(&url).await;
        let _ = secrets.get(&key).await;
        Ok(PaymentApi::new(
            self.powertools.tracer(),
            (parameters, url),
            (secrets, key),
        )?)
    }

    /// Creates the key that signs offers, from the secret `OFFER_KEY_SECRET`.
    ///
    /// # Errors
    ///
    /// If the variable is not set.
    pub fn offers(&self) -> Result<Offers<SecretsManager>, Error> {
        Ok(Offers::new(self.secrets(), self.text("OFFER_KEY_SECRET")?))
    }

    /// Creates the state machine `BOOKING_SAGA`.
    ///
    /// # Errors
    ///
    /// If the variable is not set.
    pub fn sagas(&self) -> Result<StepFunctions, Error> {
        Ok(StepFunctions::new(
            client!(self, aws_sdk_sfn),
            self.text("BOOKING_SAGA")?,
        ))
    }

    /// Creates the topic `BOOKING_TOPIC`.
    ///
    /// # Errors
    ///
    /// If the variable is not set.
    pub fn topic(&self) -> Result<SnsTopic, Error> {
        Ok(SnsTopic::new(client!(self, aws_sdk_sns), self.text("BOOKING_TOPIC")?))
    }

    /// Creates the feature flags of `FLAGS_APPLICATION`, which are shown in the telemetry of the requests that they decide on.
    ///
    /// # Errors
    ///
    /// If the variable is not set.
    pub fn flags(&self) -> Result<Flags, Error> {
        let client = client!(self, aws_sdk_appconfigdata);
        let store = AppConfig::new(client, FLAGS_ENVIRONMENT).application(self.text("FLAGS_APPLICATION")?);
        let source = ParameterSource::new(Parameters::new(store), FLAGS_PROFILE);
        Ok(FeatureFlags::builder(source).telemetry(true).build())
    }

    /// Creates the handle on Parameter Store.
    pub fn parameters(&self) -> Parameters<Ssm> {
        let store = Ssm::new(client!(self, aws_sdk_ssm));
        Parameters::builder(store).stale_if_error(STALE_IF_ERROR).build()
    }

    /// Returns a variable.
    ///
    /// # Errors
    ///
    /// If the variable is not set.
    pub fn text(&self, name: &'static str) -> Result<String, Error> {
        let value = self.environment.variables().text(name);
        Ok(value.ok_or(InvalidVariable(name))?)
    }

    /// Returns a variable that is a number.
    ///
    /// # Errors
    ///
    /// If the variable is not set, or not a number.
    pub fn number(&self, name: &'static str) -> Result<u64, Error> {
        let number = self.text(name)?.parse();
        Ok(number.map_err(|_| InvalidVariable(name))?)
    }

    /// Returns the toolkit, to run a handler.
    pub fn into_powertools(self) -> Powertools {
        self.powertools
    }

    fn secrets(&self) -> Parameters<SecretsManager> {
        let store = SecretsManager::new(client!(self, aws_sdk_secretsmanager));
        Parameters::builder(store).stale_if_error(STALE_IF_ERROR).build()
    }

    fn table(&self, variable: &'static str) -> Result<DynamoDbTable, Error> {
        Ok(DynamoDbTable::new(
            client!(self, aws_sdk_dynamodb),
            self.text(variable)?,
        ))
    }
}
