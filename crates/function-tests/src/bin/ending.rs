//! A function that is ended while it has metrics that were not written.

use lambda_runtime::{Error, LambdaEvent};
use powertools_lambda::Powertools;
use powertools_lambda::metrics::{self, Unit};
use serde_json::Value;
use tower::service_fn;
use tracing::info;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let powertools = Powertools::from_env()?;
    powertools.spawn_graceful_shutdown_handler().await;
    metrics::add("Started", Unit::Count, 1);
    powertools.run(service_fn(handler)).await
}

async fn handler(_: LambdaEvent<Value>) -> Result<(), Error> {
    metrics::add("Open", Unit::Count, 1);
    info!("waiting");
    std::future::pending().await
}
