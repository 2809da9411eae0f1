//! [`Setup`]: creates everything that a function needs from the environment.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use axum::Router;
use http::HeaderValue;
use lambda_runtime::Error;
use powertools_lambda::Powertools;
use powertools_lambda::core::Environment;
use powertools_lambda::feature_flags::{FeatureFlags, ParameterSource};
use powertools_lambda::http_api::ErrorForm;
use powertools_lambda::logger::CorrelationIdPath;
use powertools_lambda::parameters::Parameters;
use powertools_lambda::parameters::appconfig::AppConfig;
use powertools_lambda::parameters::ssm::Ssm;

use crate::access::{Access, KeySet, Verifier};
use crate::api;
use crate::cart::Carts;
use crate::product::{CORRELATION_HEADER, Products};
use crate::removal::RemovalQueue;
use crate::table::DynamoDbTable;
use crate::totals::Totals;

/// The maximum number of attempts for an AWS call and their timeouts: a short wait is better for a shopper than an error.
const CALL_ATTEMPTS: u32 = 6;
const CALL_BACKOFF: Duration = Duration::from_millis(50);
const MAX_CALL_BACKOFF: Duration = Duration::from_secs(1);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);

/// The longest duration of an AWS call, with all attempts. With a call to the product service and the two parameters, it fits
/// into a function's timeout.
const CALL_TIMEOUT: Duration = Duration::from_secs(4);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// How long expired parameters are used if they cannot be read again.
const STALE_IF_ERROR: Duration = Duration::from_hours(1);

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

/// A required variable is not set.
#[derive(Debug, thiserror::Error)]
#[error("the environment variable {0} is not set")]
struct MissingVariable(&'static str);

impl Setup {
    /// Sets up logs, metrics, traces and the SDK's configuration.
    ///
    /// # Errors
    ///
    /// If the toolkit cannot be set up.
    pub async fn from_env() -> Result<Self, Error> {
        // The id of the shopper's request is on every record: the one from the caller, or else API Gateway's.
        let path = CorrelationIdPath::header(CORRELATION_HEADER).or(CorrelationIdPath::API_GATEWAY_REST);
        let powertools = Powertools::builder()
            .logger(|logger| logger.correlation_id_path(path))
            .http(|http| http.error_form(ErrorForm::Powertools))
            .build();
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

    /// Creates the access control, and reads the key set in advance.
    ///
    /// # Errors
    ///
    /// If `TOKEN_KEYS_PARAMETER`, `TOKEN_ISSUER` or `TOKEN_CLIENT_ID` is not set.
    pub async fn access(&self) -> Result<Access<Ssm>, Error> {
        let clock = self.environment.clock().clone();
        let keys = KeySet::new(self.parameters(), self.variable("TOKEN_KEYS_PARAMETER")?, clock.clone());
        keys.prefetch().await;
        let (issuer, client_id) = (self.variable("TOKEN_ISSUER")?, self.variable("TOKEN_CLIENT_ID")?);
        Ok(Access::new(Verifier::new(keys, issuer, client_id, clock)))
    }

    /// Creates the product service's client, and reads its address in advance.
    ///
    /// # Errors
    ///
    /// If `PRODUCT_SERVICE_URL_PARAMETER` is not set, or TLS cannot be set up.
    pub async fn products(&self) -> Result<Products, Error> {
        let parameters = self.parameters();
        let url = self.variable("PRODUCT_SERVICE_URL_PARAMETER")?;
        let _ = parameters.get(&url).await; // an error is reported by the first use
        Ok(Products::new(self.powertools.tracer(), parameters, url)?)
    }

    /// Creates the carts.
    ///
    /// # Errors
    ///
    /// If `CART_TABLE` is not set.
    pub fn carts(&self) -> Result<Carts<DynamoDbTable>, Error> {
        Ok(Carts::new(self.table("CART_TABLE")?, self.environment.clock().clone()))
    }

    /// Creates the totals.
    ///
    /// # Errors
    ///
    /// If `TOTALS_TABLE` is not set.
    pub fn totals(&self) -> Result<Totals<DynamoDbTable>, Error> {
        Ok(Totals::new(
            self.table("TOTALS_TABLE")?,
            self.environment.clock().clone(),
        ))
    }

    /// Creates the removal queue.
    ///
    /// # Errors
    ///
    /// If `REMOVAL_QUEUE` is not set.
    pub fn removals(&self) -> Result<RemovalQueue, Error> {
        let config = aws_sdk_sqs::config::Builder::from(&self.sdk);
        let config = config.interceptor(self.powertools.tracer().aws_interceptor());
        let client = aws_sdk_sqs::Client::from_conf(config.build());
        Ok(RemovalQueue::new(client, self.variable("REMOVAL_QUEUE")?))
    }

    /// Creates the feature flags, which are shown in the telemetry of the requests that they decide on.
    ///
    /// # Errors
    ///
    /// If `FLAGS_APPLICATION` is not set.
    pub fn flags(&self) -> Result<Flags, Error> {
        let config = aws_sdk_appconfigdata::config::Builder::from(&self.sdk);
        let config = config.interceptor(self.powertools.tracer().aws_interceptor());
        let client = aws_sdk_appconfigdata::Client::from_conf(config.build());
        let store = AppConfig::new(client, FLAGS_ENVIRONMENT).application(self.variable("FLAGS_APPLICATION")?);
        let source = ParameterSource::new(Parameters::new(store), FLAGS_PROFILE);
        Ok(FeatureFlags::builder(source).telemetry(true).build())
    }

    /// Runs a router.
    ///
    /// Pages of the origin in `ALLOWED_ORIGIN` may read the answers.
    ///
    /// # Errors
    ///
    /// If the origin is invalid, and as [`Powertools::run_http`].
    pub async fn serve(self, router: Router) -> Result<(), Error> {
        let origin = self.environment.variables().text("ALLOWED_ORIGIN");
        let origin = origin.map(HeaderValue::try_from).transpose()?;
        self.powertools.run_http(api::app(router, origin)).await
    }

    /// Returns the toolkit, to run other handlers.
    pub fn into_powertools(self) -> Powertools {
        self.powertools
    }

    fn table(&self, variable: &'static str) -> Result<DynamoDbTable, Error> {
        let config = aws_sdk_dynamodb::config::Builder::from(&self.sdk);
        let config = config.interceptor(self.powertools.tracer().aws_interceptor());
        let client = aws_sdk_dynamodb::Client::from_conf(config.build());
        Ok(DynamoDbTable::new(client, self.variable(variable)?))
    }

    fn parameters(&self) -> Parameters<Ssm> {
        let config = aws_sdk_ssm::config::Builder::from(&self.sdk);
        let config = config.interceptor(self.powertools.tracer().aws_interceptor());
        let client = aws_sdk_ssm::Client::from_conf(config.build());
        Parameters::builder(Ssm::new(client))
            .stale_if_error(STALE_IF_ERROR)
            .build()
    }

    fn variable(&self, name: &'static str) -> Result<String, Error> {
        let value = self.environment.variables().text(name);
        Ok(value.ok_or(MissingVariable(name))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The longest wait for a parameter that was read before.
    const PARAMETER: Duration = Duration::from_secs(1);

    #[test]
    fn the_calls_of_a_request_end_before_the_shortest_timeout_of_a_function() {
        let template = include_str!("../template.yaml").lines();
        let timeouts = template.filter_map(|line| line.strip_prefix("    Timeout: ")?.parse().ok());
        let function = timeouts.min().map(Duration::from_secs).unwrap();
        assert_eq!(function, Duration::from_secs(10));
        assert!(2 * PARAMETER + crate::product::TIMEOUT + CALL_TIMEOUT < function);
        assert!(ATTEMPT_TIMEOUT < CALL_TIMEOUT, "there is time for a second attempt");
    }
}
