//! A function that reads Parameter Store, Secrets Manager, DynamoDB and AppConfig.

mod config;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use powertools_lambda::Powertools;
use serde_json::{Value, json};
use tracing::info;

use crate::config::{Config, Stores};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let stores = Stores::from_env().await;
    // The init phase has a full CPU: read what every invocation needs before the first one.
    Config::load(&stores).await?;

    let handler = move |_: LambdaEvent<Value>| {
        let stores = stores.clone();
        async move {
            // Read from the cache, except values that are too old.
            let config = Config::load(&stores).await?;
            info!(currency = %config.currency, database = ?config.database, "configured");
            Ok::<_, Error>(answer(&config))
        }
    };
    Powertools::from_env().run(service_fn(handler)).await
}

/// Shows the values, but only the presence of secrets.
fn answer(config: &Config) -> Value {
    json!({
        "currency": &*config.currency,
        "orders": config.limits.orders,
        "api_key": !config.api_key.expose().is_empty(),
        "database": { "user": config.database.user, "password": !config.database.password.expose().is_empty() },
        "greeting": &*config.greeting,
        "checkout": config.features.checkout.enabled,
    })
}
