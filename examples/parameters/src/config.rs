//! The function's configuration, and the stores from which it is read.

use std::sync::Arc;
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::timeout::TimeoutConfig;
use powertools_lambda::parameters::appconfig::AppConfigParameters;
use powertools_lambda::parameters::dynamodb::DynamoDbParameters;
use powertools_lambda::parameters::secrets::SecretsParameters;
use powertools_lambda::parameters::ssm::SsmParameters;
use powertools_lambda::parameters::{self, Parameters, Secret};
use serde::Deserialize;

/// The longest duration of a call to a store, retries included. All are made at the same time; AppConfig needs two.
const CALL_LIMIT: Duration = Duration::from_secs(3);

/// The stores, each with its cache. Clones share both.
#[derive(Clone, Debug)]
pub(crate) struct Stores {
    ssm: SsmParameters,
    secrets: SecretsParameters,
    table: DynamoDbParameters,
    appconfig: AppConfigParameters,
}

impl Stores {
    pub(crate) async fn from_env() -> Self {
        let timeouts = TimeoutConfig::builder().operation_timeout(CALL_LIMIT).build();
        let sdk = aws_config::defaults(BehaviorVersion::latest())
            .timeout_config(timeouts)
            .load()
            .await;
        Self {
            ssm: Parameters::ssm(&sdk),
            secrets: Parameters::secrets(&sdk),
            table: Parameters::dynamodb(&sdk, "shop-settings"),
            appconfig: Parameters::appconfig(&sdk, "live"),
        }
    }
}

parameters::config! {
    /// The function's configuration.
    #[derive(Debug)]
    pub(crate) struct Config(stores: Stores) {
        pub(crate) currency: Arc<str> = stores.ssm.get("/shop/currency"),
        pub(crate) limits: Arc<Limits> = stores.ssm.get("/shop/limits").json(),
        pub(crate) api_key: Secret = stores.ssm.get("/shop/api-key").decrypt(true).secret(),
        pub(crate) database: Arc<Database> = stores.secrets.get("shop/database").json(),
        pub(crate) greeting: Arc<str> = stores.table.get("greeting"),
        pub(crate) features: Arc<Features> = stores.appconfig.get("features").json(),
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Limits {
    pub(crate) orders: u32,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Database {
    pub(crate) user: String,
    pub(crate) password: Secret,
}

/// An AppConfig profile of feature flags.
#[derive(Debug, Deserialize)]
pub(crate) struct Features {
    pub(crate) checkout: Flag,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Flag {
    pub(crate) enabled: bool,
}
