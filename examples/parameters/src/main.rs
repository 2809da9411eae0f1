//! A function that reads Parameter Store, Secrets Manager, DynamoDB and AppConfig.

mod config;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use powertools_lambda::Powertools;
use powertools_lambda::parameters::Provider;
use powertools_lambda::parameters::ssm::SsmOptions;
use serde_json::{Value, json};
use tracing::info;

use crate::config::{Config, Stores};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let stores = Arc::new(Stores::from_env().await);
    // The init phase has a full CPU: read what every invocation needs before the first one.
    Config::load(&stores).await?;

    let handler = move |_: LambdaEvent<Value>| {
        let stores = Arc::clone(&stores);
        async move { show_config(&stores).await }
    };
    Powertools::from_env().run(service_fn(handler)).await
}

/// Shows the configuration, but of the secrets only whether they are set.
async fn show_config(
    stores: &Stores<impl Provider<Options = SsmOptions>, impl Provider, impl Provider, impl Provider>,
) -> Result<Value, Error> {
    // Read from the cache, except values that are too old.
    let config = Config::load(stores).await?;
    info!(currency = %config.currency, database = ?config.database, "configured");
    Ok(json!({
        "currency": &*config.currency,
        "orders": config.limits.orders,
        "api_key": !config.api_key.expose().is_empty(),
        "database": { "user": config.database.user, "password": !config.database.password.expose().is_empty() },
        "greeting": &*config.greeting,
        "checkout": config.features.checkout.enabled,
    }))
}
